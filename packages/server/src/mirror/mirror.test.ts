import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ProjectId } from '@cspace/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fetchMirror, openMirror } from './mirror.ts';
import { branchTip, resolveBase } from './resolve-base.ts';
import { type MirrorScene, mirrorScene } from './testing/mirror-scene.ts';

let scene: MirrorScene;
beforeEach(async () => {
  scene = await mirrorScene();
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});
const branches = async (directory: string, prefix = 'refs/heads') =>
  Object.fromEntries(
    (await scene.git(directory, 'for-each-ref', '--format=%(refname:lstrip=2) %(objectname)', prefix))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' ')),
  );

test('fetchMirror() shows the branches and tags of a user without a remote', async () => {
  await scene.git(scene.user, 'branch', 'other', 'HEAD~1');
  await scene.git(scene.user, 'tag', '-a', '-m', 'x', 'v1');
  const { mirror, warning } = await scene.open();
  expect(warning).toBeUndefined();
  expect(await branches(mirror.gitDirectory)).toEqual(await branches(scene.user));
  expect(await branches(mirror.gitDirectory, 'refs/tags')).toEqual(await branches(scene.user, 'refs/tags'));
  expect(await scene.git(mirror.gitDirectory, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main');

  await scene.git(scene.user, 'branch', '-D', 'other');
  await scene.commit(scene.user, 'three', '3');
  await scene.open();
  expect(await branches(mirror.gitDirectory)).toEqual(await branches(scene.user));
});

test("fetchMirror() shows the remote, keeps the user's own work apart, and goes on without it", async () => {
  const remote = await scene.addRemote();
  await scene.git(remote, 'branch', 'theirs', 'main~1');
  const mine = await scene.commit(scene.user, 'unpushed', 'x');
  const { mirror } = await scene.open();
  expect(await branches(mirror.gitDirectory)).toEqual(await branches(remote));
  expect(await scene.git(mirror.gitDirectory, 'rev-parse', 'refs/cspace/local/heads/main')).toBe(mine);

  await scene.git(remote, 'branch', '-D', 'theirs');
  await scene.open();
  expect(Object.keys(await branches(mirror.gitDirectory))).toEqual(['main']);

  const before = await branches(mirror.gitDirectory);
  await rename(remote, join(scene.directory, 'away.git'));
  const next = await scene.commit(scene.user, 'more', 'x');
  const { warning } = await scene.open();
  expect(warning).toMatch(/^Cannot reach the remote .*remote\.git: /);
  expect(await branches(mirror.gitDirectory)).toEqual(before);
  expect(await scene.git(mirror.gitDirectory, 'rev-parse', 'refs/cspace/local/heads/main')).toBe(next);
});

test('fetchMirror() shows what the user knows of a remote that was never reached', async () => {
  const remote = await scene.addRemote();
  await rm(remote, { recursive: true });
  const { mirror, warning } = await scene.open();
  expect(warning).toBeTypeOf('string');
  expect(Object.keys(await branches(mirror.gitDirectory))).toEqual(['main']);
});

test('fetchMirror() brings detached heads of every work tree, and shallow repositories', async () => {
  const tree = join(scene.directory, 'tree');
  await scene.git(scene.user, 'worktree', 'add', '-q', '--detach', tree);
  const loose = await scene.commit(tree, 'loose', 'x');
  const { mirror } = await scene.open();
  await scene.git(mirror.gitDirectory, 'cat-file', '-e', loose);

  const upstream = scene.user;
  const shallow = join(scene.directory, 'shallow');
  await scene.git(scene.directory, 'clone', '-q', '--depth=1', `file://${upstream}`, shallow);
  await scene.git(shallow, 'remote', 'remove', 'origin');
  const other = await mirrorSceneOf(shallow);
  expect(await scene.git(other, 'rev-list', '--count', 'main')).toBe('1');
  await scene.git(shallow, 'fetch', '-q', '--unshallow', upstream, 'main');
  expect(await scene.git(await mirrorSceneOf(shallow), 'rev-list', '--count', 'main')).toBe('1');
  await scene.commit(shallow, 'next', 'x');
  expect(await scene.git(await mirrorSceneOf(shallow), 'rev-list', '--count', 'main')).toBe('3');
});

/** The mirror of another repository of the scene, brought up to date. */
async function mirrorSceneOf(user: string): Promise<string> {
  const project = { id: ProjectId.parse(`prj_${'b'.repeat(20)}`), name: 'x', path: user, createdAtMs: 0 };
  const mirror = await openMirror({ directory: join(scene.directory, 'other.git'), project });
  await fetchMirror(mirror, project, { env: scene.env, signal: scene.signal });
  return mirror.gitDirectory;
}

test('openMirror() makes objects that others may read, and nothing that collects them', async () => {
  const before = process.umask(0o077);
  try {
    const { mirror } = await scene.open();
    const names = await readdir(mirror.objectsDirectory, { recursive: true });
    for (const name of ['.', ...names]) {
      const { mode } = await stat(join(mirror.objectsDirectory, name));
      expect([name, (mode & 0o004) !== 0]).toEqual([name, true]);
    }
    expect(await scene.git(mirror.gitDirectory, 'config', 'gc.auto')).toBe('0');
  } finally {
    process.umask(before);
  }
});

test('fetchMirror() is whole when many do it at once', async () => {
  await scene.addRemote();
  const opened = await Promise.all(Array.from({ length: 6 }, () => scene.open()));
  expect(opened.map(({ warning }) => warning)).toEqual(Array(6).fill(undefined));
  const [first] = opened;
  expect(Object.keys(await branches(first?.mirror.gitDirectory ?? ''))).toEqual(['main']);
});

test('resolveBase() finds what was asked, what is configured, and where the user stands', async () => {
  const remote = await scene.addRemote();
  await scene.git(remote, 'branch', 'theirs', 'main~1');
  await scene.git(scene.user, 'tag', 'v1', 'HEAD~1');
  const old = await scene.git(scene.user, 'rev-parse', 'HEAD~1');
  const pushed = await scene.git(scene.user, 'rev-parse', 'HEAD');
  const mine = await scene.commit(scene.user, 'unpushed', 'x');
  const { project, mirror } = await scene.open();
  const head = { commit: mine, branch: 'main' };
  const base = (asked?: string, configured?: string) =>
    resolveBase(mirror, project, head, asked, configured, scene.signal);

  expect(await base()).toEqual(head);
  expect(await base(undefined, 'theirs')).toEqual({ commit: old, branch: 'theirs' });
  expect(await base('main', 'theirs')).toEqual(head);
  expect(await base('origin/main')).toEqual({ commit: pushed, branch: 'main' });
  expect(await base('HEAD')).toEqual(head);
  expect(await base('HEAD~1')).toEqual({ commit: pushed });
  expect(await base('v1')).toEqual({ commit: old });
  expect(await base('refs/heads/theirs')).toEqual({ commit: old, branch: 'theirs' });
  expect(await base(old)).toEqual({ commit: old });
  expect(await base(old.slice(0, 10))).toEqual({ commit: old });
  expect(await branchTip(mirror, 'theirs')).toBe(old);
  expect(await branchTip(mirror, 'nothing')).toBeUndefined();
  await expect(base('mian')).rejects.toMatchObject({ code: 'not-found', hint: 'Did you mean main?' });
  for (const odd of ['--all', ':/x', '@{-1}', 'a b', '../x', '\n', '', '^main', 'main..v1']) {
    await expect(base(odd)).rejects.toMatchObject({ code: 'not-found' });
  }
});

test("resolveBase() takes the remote's branch when the user is behind it", async () => {
  const remote = await scene.addRemote();
  const next = await scene.commit(scene.user, 'next', 'x');
  await scene.git(scene.user, 'push', '-q', remote, 'main');
  await scene.git(scene.user, 'reset', '-q', '--hard', 'HEAD~1');
  const { project, mirror } = await scene.open();
  const base = await resolveBase(mirror, project, { commit: next }, 'main', undefined, scene.signal);
  expect(base).toEqual({ commit: next, branch: 'main' });
});
