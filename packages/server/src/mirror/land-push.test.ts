import { rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Project } from '@cspace/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { landPush, lookUpPush } from './land-push.ts';
import type { Mirror } from './mirror.ts';
import { NO_COMMIT } from './refs.ts';
import { type MirrorScene, mirrorScene } from './testing/mirror-scene.ts';

let scene: MirrorScene;
beforeEach(async () => {
  scene = await mirrorScene();
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

type Opened = { readonly project: Project; readonly mirror: Mirror };
const outside = () => ({ env: scene.env, signal: scene.signal });
const land = ({ mirror, project }: Opened, branch: string, newCommit: string, oldCommit = NO_COMMIT) =>
  landPush(mirror, project, { branch, oldCommit, newCommit }, outside());
const lookUp = ({ mirror, project }: Opened, branch: string, newCommit: string, oldCommit = NO_COMMIT) =>
  lookUpPush(mirror, project, { branch, oldCommit, newCommit }, outside());
const at = (directory: string, ref: string) => scene.git(directory, 'rev-parse', '--verify', ref);
const head = () => at(scene.user, 'HEAD');

test('landPush() pushes one commit to one branch of the remote, and nothing changes at home', async () => {
  const remote = await scene.addRemote();
  const opened = await scene.open();
  const home = await scene.git(scene.user, 'for-each-ref');
  const one = await scene.pushed(opened.mirror, await head(), 'a');
  expect(await lookUp(opened, 'mars', one)).toBe('not-landed');
  expect(await land(opened, 'mars', one)).toEqual({ kind: 'landed', where: 'remote', ref: 'refs/heads/mars' });
  expect(await at(remote, 'mars')).toBe(one);
  expect(await at(opened.mirror.gitDirectory, 'refs/heads/mars')).toBe(one);
  expect(await lookUp(opened, 'mars', one)).toEqual({ kind: 'landed', where: 'remote', ref: 'refs/heads/mars' });

  const forced = await scene.pushed(opened.mirror, await head(), 'b');
  expect(await land(opened, 'mars', forced, one)).toMatchObject({ kind: 'landed' });
  expect(await at(remote, 'mars')).toBe(forced);
  expect(await scene.git(scene.user, 'for-each-ref')).toBe(home);
  await scene.open();
  expect(await at(opened.mirror.gitDirectory, 'refs/heads/mars')).toBe(forced);
});

test('landPush() leaves a branch that moved on the remote, and shows where it is now', async () => {
  const remote = await scene.addRemote();
  const opened = await scene.open();
  const mine = await scene.pushed(opened.mirror, await head(), 'a');
  const theirs = await scene.commit(scene.user, 'theirs', 'x');
  await scene.git(scene.user, 'push', '-q', remote, 'HEAD:mars');
  const outcome = await land(opened, 'mars', mine);
  expect(outcome).toEqual({ kind: 'failed', why: expect.stringContaining('has moved on the remote') });
  expect(await at(remote, 'mars')).toBe(theirs);
  expect(await at(opened.mirror.gitDirectory, 'refs/heads/mars')).toBe(theirs);
  expect(await lookUp(opened, 'mars', mine)).toBe('not-landed');
});

test('landPush() gives the reason of the remote', async () => {
  const remote = await scene.addRemote();
  await writeFile(join(remote, 'hooks', 'pre-receive'), '#!/bin/sh\necho "no pushes on Fridays" >&2\nexit 1\n', {
    mode: 0o755,
  });
  const opened = await scene.open();
  const one = await scene.pushed(opened.mirror, await head(), 'a');
  expect(await land(opened, 'mars', one)).toEqual({
    kind: 'failed',
    why: 'pre-receive hook declined: no pushes on Fridays',
  });
  await rename(remote, `${remote}.away`);
  const gone = await land(opened, 'mars', one);
  expect(gone).toMatchObject({ kind: 'failed', why: expect.stringMatching(/remote\.git/) });
  await expect(lookUp(opened, 'mars', one)).rejects.toMatchObject({ code: 'unavailable' });
});

test('lookUpPush() finds a push whose branch went on since', async () => {
  const remote = await scene.addRemote();
  const opened = await scene.open();
  const one = await scene.pushed(opened.mirror, await head(), 'a');
  await land(opened, 'mars', one);
  const other = join(scene.directory, 'other');
  await scene.git(scene.directory, 'clone', '-q', '-b', 'mars', remote, other);
  await scene.commit(other, 'more', 'x');
  await scene.git(other, 'push', '-q');
  expect(await lookUp(opened, 'mars', one)).toMatchObject({ kind: 'landed' });
});

test('landPush() keeps credentials out of argument lists and reasons', async () => {
  const address = 'http://me:hunter2%21@127.0.0.1:9/x.git';
  await scene.git(scene.user, 'remote', 'add', 'origin', address);
  const opened = await scene.open();
  expect(opened.project.remote).toBe('http://127.0.0.1:9/x.git');
  expect(opened.warning).toMatch(/127\.0\.0\.1:9/);
  const outcome = await land(opened, 'mars', await head());
  expect(outcome.kind).toBe('failed');
  const said = JSON.stringify([outcome, opened.warning, opened.project]);
  for (const secret of ['hunter2', Buffer.from('me:hunter2!').toString('base64')]) expect(said).not.toContain(secret);
});

test('landPush() sends credentials of the address to its own host', async () => {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(403).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
  await scene.git(scene.user, 'remote', 'add', 'origin', `http://me:hunter2%21@127.0.0.1:${port}/x.git`);
  await scene.open();
  server.close();
  expect(seen[0]).toBe(`Basic ${Buffer.from('me:hunter2!').toString('base64')}`);
});

test('landPush() refuses a remote inside of the repository, whose hooks would run', async () => {
  const inner = join(scene.user, 'inner.git');
  await scene.git(scene.directory, 'clone', '-q', '--bare', scene.user, inner);
  await scene.git(scene.user, 'remote', 'add', 'origin', './inner.git');
  const opened = await scene.open();
  expect(opened.warning).toContain('inside the repository');
});
