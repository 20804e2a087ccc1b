import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ArtifactCollector, collectArtifacts } from './collect-artifacts.ts';

let root: string;
let at: { readonly directory: string; readonly state: string; readonly door: string };
let server: Server;
let collector: ArtifactCollector | undefined;
/** What the server was given: names and bytes. */
let given: [string, string][];
let notices: string[];
let refusal: { status: number; body: string } | undefined;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'collect-'));
  at = { directory: join(root, 'artifacts'), state: root, door: join(root, 'door') };
  given = [];
  notices = [];
  refusal = undefined;
  server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    if (refusal !== undefined) return response.writeHead(refusal.status).end(refusal.body);
    given.push([new URL(request.url ?? '', 'http://door').searchParams.get('name') ?? '', body]);
    return response.end('{}');
  });
  await listen();
  collector = undefined;
});
afterEach(async () => {
  await collector?.close();
  await hangUp();
  rmSync(root, { recursive: true });
});

function listen(): Promise<void> {
  return new Promise((resolve) => server.listen(at.door, resolve));
}
function hangUp(): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
async function start(): Promise<ArtifactCollector> {
  await collector?.close();
  collector = await collectArtifacts({ ...at, notice: (_, text) => notices.push(text) });
  return collector;
}
const put = (name: string, text: string) => writeFileSync(join(at.directory, name), text);

test('collectArtifacts() takes a finished file by itself, once, also over a restart', async () => {
  const { settle } = await start();
  mkdirSync(join(at.directory, 'shots'));
  put('a.txt', 'one');
  put('shots/☃ b.txt', 'two');
  await expect
    .poll(() => given.toSorted())
    .toEqual([
      ['a.txt', 'one'],
      ['shots/☃ b.txt', 'two'],
    ]);
  // What the server has is not known here before its answer is.
  await settle(10_000);
  await (await start()).settle(1_000);
  expect(given).toHaveLength(2);
});

test('collectArtifacts() takes regular files only', async () => {
  const { settle } = await start();
  symlinkSync('/etc/passwd', join(at.directory, 'link'));
  symlinkSync('/etc', join(at.directory, 'linked'));
  execFileSync('mkfifo', [join(at.directory, 'pipe')]);
  put('empty', '');
  await settle(2_000);
  expect(given).toEqual([['empty', '']]);
});

test('settle() waits for what is still written, and takes again what has changed', async () => {
  const { settle } = await start();
  put('log', 'a');
  const settled = settle(5_000);
  for (let round = 0; round < 5; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    appendFileSync(join(at.directory, 'log'), 'a');
  }
  await settled;
  expect(given).toEqual([['log', 'aaaaaa']]);
  put('log', 'b');
  put('other', 'c');
  await expect.poll(() => given.length).toBe(2);
  expect(given.at(-1)).toEqual(['other', 'c']);
  await settle(2_000);
  expect(given.at(-1)).toEqual(['log', 'b']);
});

test('settle() does not wait for ever', async () => {
  const { settle } = await start();
  const timer = setInterval(() => put('log', `${Math.random()}`), 50);
  await settle(600);
  clearInterval(timer);
  expect(given).toEqual([]);
});

test('collectArtifacts() tries again when nobody answers', async () => {
  await hangUp();
  const { settle } = await start();
  put('a.txt', 'one');
  await settle(700);
  await listen();
  await expect.poll(() => given).toEqual([['a.txt', 'one']]);
});

test('collectArtifacts() says once why files are refused and does not offer them again', async () => {
  refusal = { status: 429, body: JSON.stringify({ code: 'limit', message: 'Cannot keep the artifact: enough' }) };
  const { settle } = await start();
  for (const name of ['a', 'b', 'c']) put(name, 'x');
  await settle(2_000);
  refusal = undefined;
  await settle(1_000);
  expect([notices, given]).toEqual([['Cannot keep the artifact: enough'], []]);
});

test('collectArtifacts() offers nothing that is too large or has a strange name', async () => {
  const { settle } = await start();
  put('large', '');
  truncateSync(join(at.directory, 'large'), 50 * 1024 * 1024 + 1);
  put('a\u001b[2J', 'x');
  await settle(2_000);
  expect(given).toEqual([]);
  expect(notices.toSorted()).toEqual([
    expect.stringContaining('control characters'),
    expect.stringContaining('50 MiB'),
  ]);
});
