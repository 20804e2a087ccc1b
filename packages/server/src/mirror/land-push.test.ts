import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Project } from '@cspace/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { landPush, lookUpPush } from './land-push.ts';
import { fetchMirror, type Mirror } from './mirror.ts';
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
  const home = await mirrorSceneLocal();
  expect(await lookUp(home, 'venus', one)).toBe('not-landed');
});

/** The same repository, once its remote is gone from its configuration. */
async function mirrorSceneLocal(): Promise<Opened> {
  await scene.git(scene.user, 'remote', 'remove', 'origin');
  return scene.open();
}

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
  const { createServer } = await import('node:http');
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

test('landPush() without a remote makes, forwards and rewrites the branch of a session', async () => {
  const opened = await scene.open();
  const base = await head();
  const one = await scene.pushed(opened.mirror, base, 'a');
  const own = { kind: 'landed', where: 'local', ref: 'refs/heads/mars' };
  expect(await lookUp(opened, 'mars', one)).toBe('not-landed');
  expect(await land(opened, 'mars', one)).toEqual(own);
  const two = await scene.pushed(opened.mirror, one, 'b');
  expect(await land(opened, 'mars', two, one)).toEqual(own);
  const forced = await scene.pushed(opened.mirror, base, 'c');
  expect(await land(opened, 'mars', forced, two)).toEqual(own);
  expect(await at(scene.user, 'mars')).toBe(forced);
  expect(await lookUp(opened, 'mars', forced)).toEqual(own);
  expect(await scene.git(scene.user, 'status', '--porcelain')).toBe('');
  expect(await scene.git(scene.user, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main');
  await scene.git(scene.user, 'fsck', '--connectivity-only');
});

test('landPush() never moves what is checked out, here or in another work tree', async () => {
  const tree = join(scene.directory, 'tree');
  await scene.git(scene.user, 'worktree', 'add', '-q', '-b', 'mars', tree);
  const opened = await scene.open();
  const base = await head();
  for (const branch of ['main', 'mars']) {
    const one = await scene.pushed(opened.mirror, base, `for-${branch}`);
    expect(await land(opened, branch, one, base)).toEqual({
      kind: 'landed',
      where: 'local',
      ref: `refs/remotes/cspace/${branch}`,
    });
    expect(await at(scene.user, `refs/heads/${branch}`)).toBe(base);
    expect(await at(scene.user, `refs/remotes/cspace/${branch}`)).toBe(one);
    await scene.open();
    expect(await at(opened.mirror.gitDirectory, `refs/heads/${branch}`)).toBe(one);
  }
  for (const directory of [scene.user, tree]) expect(await scene.git(directory, 'status', '--porcelain')).toBe('');

  await scene.git(tree, 'merge', '-q', '--ff-only', 'refs/remotes/cspace/mars');
  const more = await scene.commit(tree, 'mine', 'x');
  await scene.open();
  expect(await at(opened.mirror.gitDirectory, 'refs/heads/mars')).toBe(more);
});

test('landPush() leaves a branch that is being rebased', async () => {
  await scene.git(scene.user, 'checkout', '-q', '-b', 'mars');
  const opened = await scene.open();
  const base = await head();
  const editor = { ...process.env };
  expect(editor).toBeDefined();
  await scene.git(scene.user, '-c', 'sequence.editor=sed -i s/^pick/edit/', 'rebase', '-i', 'HEAD~1');
  const one = await scene.pushed(opened.mirror, base, 'a');
  expect(await land(opened, 'mars', one, base)).toMatchObject({ ref: 'refs/remotes/cspace/mars' });
  expect(await at(scene.user, 'refs/heads/mars')).toBe(base);
});

test('landPush() lands beside a branch with other work, and beside one that is in the way', async () => {
  await scene.git(scene.user, 'checkout', '-q', '-b', 'mars');
  const work = await scene.commit(scene.user, 'precious', 'x');
  await scene.git(scene.user, 'checkout', '-q', 'main');
  await scene.git(scene.user, 'branch', 'venus');
  const opened = await scene.open();
  const base = await head();
  const one = await scene.pushed(opened.mirror, base, 'a');
  expect(await land(opened, 'mars', one, work)).toMatchObject({ ref: 'refs/remotes/cspace/mars' });
  expect(await at(scene.user, 'refs/heads/mars')).toBe(work);
  await fetchMirror(opened.mirror, opened.project, outside());
  expect(await at(opened.mirror.gitDirectory, 'refs/heads/mars')).toBe(one);
  expect(await land(opened, 'venus/sub', one)).toMatchObject({ ref: 'refs/remotes/cspace/venus/sub' });
  expect(await lookUp(opened, 'venus/sub', one)).toMatchObject({ kind: 'landed' });
});

test('landPush() goes back to the branch itself once it is free', async () => {
  await scene.git(scene.user, 'checkout', '-q', '-b', 'mars');
  const opened = await scene.open();
  const base = await head();
  const one = await scene.pushed(opened.mirror, base, 'a');
  expect(await land(opened, 'mars', one, base)).toMatchObject({ ref: 'refs/remotes/cspace/mars' });
  await scene.git(scene.user, 'checkout', '-q', 'main');
  const two = await scene.pushed(opened.mirror, one, 'b');
  expect(await land(opened, 'mars', two, one)).toMatchObject({ ref: 'refs/heads/mars' });
  await expect(at(scene.user, 'refs/remotes/cspace/mars')).rejects.toThrow();
});

test('landPush() lands in a repository whose refs are packed, and in a bare one', async () => {
  await scene.git(scene.user, 'branch', 'mars');
  await scene.git(scene.user, 'pack-refs', '--all');
  const opened = await scene.open();
  const base = await head();
  const one = await scene.pushed(opened.mirror, base, 'a');
  expect(await land(opened, 'mars', one, base)).toMatchObject({ ref: 'refs/heads/mars' });
  expect(await at(scene.user, 'refs/heads/mars')).toBe(one);
  await scene.git(scene.user, 'pack-refs', '--all', '--prune');
  const two = await scene.pushed(opened.mirror, one, 'b');
  expect(await land(opened, 'mars', two, one)).toMatchObject({ ref: 'refs/heads/mars' });
  expect(await scene.git(scene.user, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main\nrefs/heads/mars');
});

test('landPush() and fetchMirror() run nothing that the repository asks for', async () => {
  const canary = join(scene.directory, 'canary');
  const evil = join(scene.directory, 'evil.sh');
  await writeFile(evil, `#!/bin/sh\ntouch ${canary}\n`, { mode: 0o755 });
  const opened = await scene.open();
  const base = await head();
  const one = await scene.pushed(opened.mirror, base, 'a');
  for (const [key, value] of [
    ['core.fsmonitor', evil],
    ['core.sshCommand', evil],
    ['core.gitProxy', evil],
    ['core.alternateRefsCommand', evil],
    ['core.askPass', evil],
    ['credential.helper', evil],
    ['gc.auto', '1'],
    ['gc.recentObjectsHook', evil],
    ['protocol.ext.allow', 'always'],
    [`url.ext::${evil} .insteadOf`, scene.directory],
    ['uploadpack.packObjectsHook', evil],
    ['receive.procReceiveRefs', 'refs/'],
    ['filter.evil.clean', evil],
    ['diff.external', evil],
  ] as const) {
    await scene.git(scene.user, 'config', key, value);
  }
  for (const hook of [
    'reference-transaction',
    'pre-receive',
    'update',
    'post-receive',
    'post-update',
    'proc-receive',
    'pre-push',
  ]) {
    await writeFile(join(scene.user, '.git', 'hooks', hook), `#!/bin/sh\ntouch ${canary}\n`, { mode: 0o755 });
  }
  expect(await land(opened, 'mars', one)).toMatchObject({ kind: 'landed' });
  await fetchMirror(opened.mirror, opened.project, outside());
  expect(existsSync(canary)).toBe(false);
  const view = await readFile(join(opened.mirror.gitDirectory, 'user-view', 'config'), 'utf8');
  expect(view).not.toContain('evil');
});
