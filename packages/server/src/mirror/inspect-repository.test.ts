import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inspectRepository } from './inspect-repository.ts';
import { type MirrorScene, mirrorScene } from './testing/mirror-scene.ts';

let scene: MirrorScene;
beforeEach(async () => {
  scene = await mirrorScene();
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});
const inspect = (directory: string) => inspectRepository(directory, scene.signal);

test('inspectRepository() tells what is there', async () => {
  const commit = await scene.git(scene.user, 'rev-parse', 'HEAD');
  expect(await inspect(scene.user)).toEqual({
    path: scene.user,
    name: 'user',
    head: { commit, branch: 'main' },
    shallow: false,
    submodules: [],
    dirty: false,
  });
});

test('inspectRepository() finds the main repository from a subdirectory and from a linked work tree', async () => {
  await scene.commit(scene.user, 'deep/er/file', 'x');
  expect((await inspect(join(scene.user, 'deep', 'er'))).path).toBe(scene.user);
  const tree = join(scene.directory, 'tree');
  await scene.git(scene.user, 'worktree', 'add', '-q', '-b', 'other', tree, 'HEAD~1');
  const seen = await inspect(tree);
  expect(seen).toMatchObject({ path: scene.user, head: { branch: 'other' }, dirty: false });
  expect(seen.head.commit).toBe(await scene.git(scene.user, 'rev-parse', 'HEAD~1'));
  await writeFile(join(tree, 'new'), 'x');
  expect(await inspect(tree)).toMatchObject({ dirty: true });
  expect(await inspect(scene.user)).toMatchObject({ dirty: false });
});

test('inspectRepository() tells a detached HEAD, a shallow clone and a bare repository', async () => {
  await scene.git(scene.user, 'checkout', '-q', '--detach');
  expect((await inspect(scene.user)).head).toEqual({ commit: await scene.git(scene.user, 'rev-parse', 'HEAD') });
  const shallow = join(scene.directory, 'shallow');
  await scene.git(scene.directory, 'clone', '-q', '--depth=1', `file://${scene.user}`, shallow);
  expect(await inspect(shallow)).toMatchObject({ shallow: true });
  const bare = join(scene.directory, 'product.git');
  await scene.git(scene.user, 'branch', '-f', 'main');
  await scene.git(scene.directory, 'clone', '-q', '--bare', '-b', 'main', scene.user, bare);
  const seen = await inspect(bare);
  expect(seen).toMatchObject({ path: bare, name: 'product', head: { branch: 'main' } });
  expect(seen.dirty).toBeUndefined();
});

test.each([
  ['a changed file', async () => writeFile(join(scene.user, 'two'), 'changed')],
  ['an untracked file', async () => writeFile(join(scene.user, 'new'), 'x')],
  [
    'a staged file',
    async () => writeFile(join(scene.user, 'new'), 'x').then(() => scene.git(scene.user, 'add', 'new')),
  ],
])('inspectRepository() sees %s', async (_, change) => {
  await change();
  expect(await inspect(scene.user)).toMatchObject({ dirty: true });
});

test('inspectRepository() takes origin, or the only remote, where pushes go, without its credentials', async () => {
  await scene.git(scene.user, 'remote', 'add', 'up', 'https://user:hunter2@example.com/a.git');
  expect((await inspect(scene.user)).remote).toBe('https://example.com/a.git');
  await scene.git(scene.user, 'remote', 'add', 'other', 'git@example.com:b.git');
  expect((await inspect(scene.user)).remote).toBeUndefined();
  await scene.git(scene.user, 'remote', 'add', 'origin', '../c.git');
  expect((await inspect(scene.user)).remote).toBe(join(scene.directory, 'c.git'));
  await scene.git(scene.user, 'remote', 'set-url', '--push', 'origin', 'ssh://git@example.com/mine.git');
  expect((await inspect(scene.user)).remote).toBe('ssh://git@example.com/mine.git');
});

test('inspectRepository() lists submodules', async () => {
  await scene.commit(
    scene.user,
    '.gitmodules',
    '[submodule "x"]\n\tpath = vendor/x y\n\turl = https://example.com/x\n',
  );
  expect((await inspect(scene.user)).submodules).toEqual(['vendor/x y']);
});

test('inspectRepository() says what is wrong and what to do', async () => {
  const nothing = join(scene.directory, 'nothing');
  await expect(inspect(nothing)).rejects.toMatchObject({ code: 'not-found' });
  await mkdir(nothing);
  await expect(inspect(nothing)).rejects.toMatchObject({ code: 'invalid', hint: expect.stringContaining('git init') });
  await scene.git(nothing, 'init', '-q');
  await expect(inspect(nothing)).rejects.toMatchObject({
    code: 'invalid',
    hint: expect.stringContaining('git commit'),
  });
});

// reason: only root can give a file to another user
test.skipIf(process.getuid?.() !== 0)('inspectRepository() refuses a repository of another user', async () => {
  await scene.git(scene.directory, 'clone', '-q', scene.user, 'foreign');
  const foreign = join(scene.directory, 'foreign');
  execFileSync('chown', ['-R', '1234', foreign]);
  await expect(inspect(foreign)).rejects.toMatchObject({
    code: 'invalid',
    hint: expect.stringContaining('safe.directory'),
  });
});

test('inspectRepository() runs nothing that a repository asks for', async () => {
  const canary = join(scene.directory, 'canary');
  const evil = join(scene.directory, 'evil.sh');
  await writeFile(evil, `#!/bin/sh\ntouch ${canary}\ncat\n`);
  await chmod(evil, 0o755);
  await scene.commit(scene.user, '.gitattributes', '* filter=evil diff=evil\n');
  for (const [key, value] of [
    ['core.fsmonitor', evil],
    ['core.hooksPath', scene.directory],
    ['core.sshCommand', evil],
    ['core.pager', evil],
    ['core.alternateRefsCommand', evil],
    ['filter.evil.clean', evil],
    ['filter.evil.smudge', evil],
    ['filter.evil.process', evil],
    ['filter.evil.required', 'true'],
    ['diff.external', evil],
    ['diff.evil.textconv', evil],
    ['alias.status', `!${evil}`],
    ['uploadpack.packObjectsHook', evil],
  ] as const) {
    await scene.git(scene.user, 'config', key, value);
  }
  for (const hook of ['post-index-change', 'reference-transaction', 'post-checkout']) {
    await writeFile(join(scene.directory, hook), `#!/bin/sh\ntouch ${canary}\n`, { mode: 0o755 });
  }
  await writeFile(join(scene.user, 'README.md'), 'jello\n');
  expect(await inspect(scene.user)).toMatchObject({ dirty: true });
  expect(existsSync(canary)).toBe(false);
});
