import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DOOR } from '@cspace/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pktLine } from './pkt-line.ts';
import { type GitScene, gitScene } from './testing/git-scene.ts';

let scene: GitScene;
beforeEach(async () => {
  scene = await gitScene();
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

test.each(['0', '1', '2'])('handleGit() serves a clone and a fetch in protocol version %s', async (version) => {
  const clone = await scene.clone('clone', '-c', `protocol.version=${version}`);
  expect(await readFile(join(clone, 'README.md'), 'utf8')).toBe('hello\n');
  const next = await scene.commit(join(scene.directory, 'first'), 'more', 'x'.repeat(100_000));
  await scene.ok(join(scene.directory, 'first'), 'push', '-q', scene.mirror, 'main');
  await scene.ok(clone, 'fetch', '-q');
  expect(await scene.ok(clone, 'rev-parse', 'origin/main')).toBe(next);
});

test('handleGit() serves shallow and partial clones', async () => {
  const shallow = await scene.clone('shallow', '--depth=1');
  expect(await scene.ok(shallow, 'rev-list', '--count', 'HEAD')).toBe('1');
  await scene.ok(shallow, 'fetch', '-q', '--unshallow');
  expect(await scene.ok(shallow, 'rev-list', '--count', 'HEAD')).toBe('2');
  const partial = await scene.clone('partial', '--filter=blob:none');
  expect(await readFile(join(partial, 'README.md'), 'utf8')).toBe('hello\n');
});

test('handleGit() advertises branches and tags, and nothing else', async () => {
  const tip = await scene.ok(scene.mirror, 'rev-parse', 'main');
  const hidden = ['refs/cspace/local/heads/secret', 'refs/cspace/shadow', 'refs/notes/x', 'refs/remotes/a/b'];
  for (const ref of [...hidden, 'refs/tags/v1']) await scene.ok(scene.mirror, 'update-ref', ref, tip);
  for (const version of ['0', '2']) {
    const listed = await scene.ok(scene.directory, '-c', `protocol.version=${version}`, 'ls-remote', scene.url);
    const names = listed.split('\n').map((line) => line.split('\t')[1]);
    expect(names).toEqual(['HEAD', 'refs/heads/main', 'refs/tags/v1']);
  }
});

test.each(['0', '2'])('handleGit() serves a base commit that is on no branch, version %s', async (version) => {
  const first = join(scene.directory, 'first');
  const commit = await scene.commit(first, 'local', 'only');
  await scene.ok(first, 'push', '-q', scene.mirror, 'HEAD:refs/cspace/local/heads/x');
  const clone = await scene.clone('clone');
  await scene.ok(clone, '-c', `protocol.version=${version}`, 'fetch', '-q', 'origin', commit);
  expect(await scene.ok(clone, 'rev-parse', 'FETCH_HEAD')).toBe(commit);
});

test('handleGit() takes a compressed request', async () => {
  const tip = await scene.ok(scene.mirror, 'rev-parse', 'main');
  const asked = Buffer.concat([pktLine(`want ${tip} ofs-delta\n`), Buffer.from('0000'), pktLine('done\n')]);
  const answer = await fetch(`${scene.url}/git-upload-pack`, {
    method: 'POST',
    headers: { 'content-encoding': 'gzip', 'content-type': 'application/x-git-upload-pack-request' },
    body: gzipSync(asked),
  });
  expect(Buffer.from(await answer.arrayBuffer()).toString('latin1')).toMatch(/^0008NAK\nPACK/);
});

test.each([
  ['GET', '/HEAD'],
  ['GET', '/objects/info/packs'],
  ['GET', '/info/refs'],
  ['GET', '/info/refs?service=git-upload-archive'],
  ['GET', '/info/refs?service=git-upload-pack&x=1'],
  ['GET', '/../../etc/passwd'],
  ['POST', '/git-upload-archive'],
  ['PUT', '/git-receive-pack'],
  ['GET', ''],
])('handleGit() does not know %s %s', async (method, path) => {
  const answer = await fetch(scene.url + path, { method });
  expect(answer.status).toBe(404);
});

test('handleGit() answers garbage and goes on', async () => {
  for (const body of ['', 'zzzz', '0032want ', gzipSync('x').toString('latin1')]) {
    await fetch(`${scene.url}/git-upload-pack`, { method: 'POST', body }).then((answer) => answer.arrayBuffer());
  }
  expect(DOOR.git).toBe(new URL(scene.url).pathname);
  await scene.clone('clone');
});
