import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startChromium } from './start-chromium.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'chromium-'));
});
afterEach(() => rmSync(directory, { recursive: true, maxRetries: 20, retryDelay: 50 }));

/** A program in the place of a browser, in Node. */
async function start(program: string) {
  const file = join(directory, 'chromium');
  writeFileSync(file, `#!${process.execPath}\n${program}`);
  chmodSync(file, 0o755);
  const port = await freePort();
  const at = { program: file, port, proxyPort: 3128, state: directory, cwd: directory, env: {} };
  return startChromium(at);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

const SERVES = `
const port = Number(process.argv.find((each) => each.startsWith('--remote-debugging-port=')).split('=')[1]);
require('node:http').createServer((_, response) => response.end('{}')).listen(port, '127.0.0.1');
require('node:fs').writeFileSync('arguments', JSON.stringify(process.argv));
console.error('listening');
process.on('SIGTERM', () => {});
`;

test('startChromium() is there when it answers, with the proxy, and ends though it would not', async () => {
  symlinkSync('gone-42', join(directory, 'SingletonLock'));
  const browser = await start(SERVES);
  const given = JSON.parse(readFileSync(join(directory, 'arguments'), 'utf8')) as string[];
  expect(given).toEqual(
    expect.arrayContaining(['--headless=new', '--no-sandbox', '--proxy-server=http://127.0.0.1:3128']),
  );
  await browser.end();
  await browser.ended;
  expect(readFileSync(join(directory, 'browser.log'), 'utf8')).toContain('listening');
});

test('startChromium() says why it does not start', async () => {
  await expect(start("console.error('no such display'); process.exit(3)")).rejects.toThrow(
    'Cannot start a browser: it ended with 3 (no such display)',
  );
  rmSync(join(directory, 'chromium'));
  const missing = {
    program: join(directory, 'none'),
    port: 1,
    proxyPort: 2,
    state: directory,
    cwd: directory,
    env: {},
  };
  await expect(startChromium(missing)).rejects.toThrow('Cannot start a browser: spawn');
  expect(existsSync(join(directory, 'browser'))).toBe(true);
});
