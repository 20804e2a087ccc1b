import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
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

test('landLocal() without a remote makes, forwards and rewrites the branch of a session', async () => {
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

test('landLocal() never moves what is checked out, here or in another work tree', async () => {
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

test('landLocal() leaves a branch that is being rebased', async () => {
  await scene.git(scene.user, 'checkout', '-q', '-b', 'mars');
  const opened = await scene.open();
  const base = await head();
  await scene.git(scene.user, '-c', 'sequence.editor=sed -i s/^pick/edit/', 'rebase', '-i', 'HEAD~1');
  const one = await scene.pushed(opened.mirror, base, 'a');
  expect(await land(opened, 'mars', one, base)).toMatchObject({ ref: 'refs/remotes/cspace/mars' });
  expect(await at(scene.user, 'refs/heads/mars')).toBe(base);
});

test('landLocal() lands beside a branch with other work, and beside one that is in the way', async () => {
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

test('landLocal() goes back to the branch itself once it is free', async () => {
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

test('landLocal() lands in a repository whose refs are packed', async () => {
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

test('landLocal() and fetchMirror() run nothing that the repository asks for', async () => {
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
