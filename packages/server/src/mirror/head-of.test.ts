import { join } from 'node:path';
import { expect, test } from 'vitest';
import { headOf } from './head-of.ts';
import { inspectRepository } from './inspect-repository.ts';
import { mirrorScene } from './testing/mirror-scene.ts';

test('headOf() says what git says, wherever the work tree and its refs are', async () => {
  await using scene = await mirrorScene();
  const { user, git, signal } = scene;
  await scene.commit(user, 'deep/er/file', 'x');
  const tree = join(scene.directory, 'tree');
  const same = async (directory: string, branch?: string) => {
    const head = await headOf(directory, signal);
    expect(head).toEqual((await inspectRepository(directory, signal)).head);
    expect(head.commit).toBe(await git(directory, 'rev-parse', 'HEAD'));
    expect(head.branch).toBe(branch);
  };
  await same(user, 'main');
  await same(join(user, 'deep', 'er'), 'main');
  await git(user, 'worktree', 'add', '-q', '-b', 'other/one', tree, 'HEAD~1');
  await same(tree, 'other/one');
  await git(user, 'pack-refs', '--all');
  await same(user, 'main');
  await same(tree, 'other/one');
  await scene.commit(user, 'after', 'packed');
  await same(user, 'main');
  await git(user, 'checkout', '-q', '--detach');
  await same(user);
  const bare = join(scene.directory, 'bare.git');
  await git(scene.directory, 'clone', '-q', '--bare', user, bare);
  await git(bare, 'symbolic-ref', 'HEAD', 'refs/heads/main');
  await same(bare, 'main');
});

test('headOf() refuses a branch without a commit as git would', async () => {
  await using scene = await mirrorScene();
  await scene.git(scene.user, 'checkout', '-q', '--orphan', 'empty');
  await expect(headOf(scene.user, scene.signal)).rejects.toMatchObject({ code: 'invalid' });
  await expect(headOf(join(scene.directory, 'nothing'), scene.signal)).rejects.toMatchObject({ code: 'not-found' });
});
