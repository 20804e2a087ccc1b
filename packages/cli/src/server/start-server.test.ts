import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../testing/run-cli.ts';
import { temporary } from '../testing/temporary.ts';

/** A server that knows one thing, and ends when it is told. It owns its socket as the real one owns its directory. */
const SERVER = `
import { createServer } from 'node:http';
import { openSync } from 'node:fs';
const home = process.env.CSPACE_HOME;
try { openSync(home + '/lock', 'wx'); } catch { process.exit(4); }
await new Promise((resolve) => setTimeout(resolve, 300));
const server = createServer((request, response) => {
  const answer = request.url === '/v1/stop' ? { pid: process.pid } : { version: '9', pid: process.pid, home, startedAtMs: Date.now(), epoch: 1 };
  if (request.url === '/v1/sessions') response.setHeader('content-type', 'application/json').end('[]');
  else response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  if (request.url === '/v1/stop') response.on('finish', () => process.exit(0));
});
server.listen(home + '/server.sock');
setTimeout(() => process.exit(0), 20_000).unref();
`;

test('a server is started on first use, once for many, and found again', async () => {
  using directory = temporary();
  const entry = join(directory.path, 'server.mjs');
  writeFileSync(entry, SERVER);
  const env = { CSPACE_HOME: join(directory.path, 'home'), CSPACE_SERVER_ENTRY: entry };
  const cli = (...argv: string[]) => runCli(argv, { env, cwd: directory.path, nowMs: Date.now });
  expect(await cli('serve', '--status')).toMatchObject({ exitCode: 3, stdout: 'not running\n' });
  const many = await Promise.all(Array.from({ length: 6 }, () => cli('list', '--all', '--json')));
  expect(many).toEqual(many.map(() => ({ exitCode: 0, stdout: '[]\n', stderr: '' })));
  const status = JSON.parse((await cli('serve', '--status', '--json')).stdout);
  expect(status).toMatchObject({ running: true, version: '9', home: env.CSPACE_HOME });
  expect(await cli('serve', '--stop')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('stopped') });
  expect(await cli('serve', '--stop')).toMatchObject({ exitCode: 0, stdout: 'not running\n' });
});

test('a server that dies at its start is told with its last words', async () => {
  using directory = temporary();
  const entry = join(directory.path, 'server.mjs');
  writeFileSync(entry, `console.error('noise'); throw new Error('the disk is on fire')`);
  const env = { CSPACE_HOME: join(directory.path, 'home'), CSPACE_SERVER_ENTRY: entry };
  const ran = await runCli(['list', '--all'], { env, cwd: directory.path, nowMs: Date.now });
  expect(ran).toMatchObject({ exitCode: 1, stdout: '' });
  expect(ran.stderr).toMatch(
    /^Cannot start the cspace server: it ended with exit code 1\. Its last words:\n.*the disk is on fire\n.*server\.log/,
  );
}, 120_000);

test('a home that cannot be written says so', async () => {
  using directory = temporary();
  const file = join(directory.path, 'file');
  writeFileSync(file, '');
  const ran = await runCli(['list', '--all'], { env: { CSPACE_HOME: join(file, 'home') }, cwd: directory.path });
  expect(ran.exitCode).toBe(1);
  expect(ran.stderr).toMatch(/^Cannot start the cspace server in .*ENOTDIR.*\n {2}→ Set CSPACE_HOME/);
});
