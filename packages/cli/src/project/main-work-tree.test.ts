import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporary } from '../testing/temporary.ts';
import { git } from './git.ts';
import { mainWorkTree } from './main-work-tree.ts';

test('mainWorkTree() is what git says, from anywhere in it', async () => {
  using directory = temporary();
  const root = join(realpathSync(directory.path), 'repository');
  const linked = join(realpathSync(directory.path), 'linked');
  mkdirSync(join(root, 'deep/er'), { recursive: true });
  await git(root, 'init', '--quiet');
  await git(root, '-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '--quiet', '--allow-empty', '-m', 'first');
  await git(root, 'worktree', 'add', '--quiet', '--detach', linked);
  mkdirSync(join(linked, 'sub'));
  symlinkSync(join(root, 'deep'), join(directory.path, 'link'));
  for (const from of [root, join(root, 'deep/er'), linked, join(linked, 'sub'), join(directory.path, 'link')]) {
    expect(mainWorkTree(from)).toBe(root);
  }
});

test('mainWorkTree() leaves to git what it cannot tell', async () => {
  using directory = temporary();
  await git(directory.path, 'init', '--quiet', '--bare', 'bare.git');
  mkdirSync(join(directory.path, 'fake/.git'), { recursive: true });
  for (const from of [directory.path, join(directory.path, 'bare.git'), join(directory.path, 'fake'), '/nonexistent']) {
    expect(mainWorkTree(from)).toBeUndefined();
  }
});
