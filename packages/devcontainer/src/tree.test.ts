import { expect, test } from 'vitest';
import { aProject } from './testing/a-project.ts';
import { openTree } from './tree.ts';

test('openTree() reads files and links inside, and none outside', async () => {
  await using project = await aProject({
    'a/file': 'text',
    inside: { link: 'a/file' },
    absolute: { link: '/etc/passwd' },
    upward: { link: '../../../../../etc/passwd' },
    folder: { link: '/etc' },
    dangling: { link: 'nowhere' },
    zero: { link: '/dev/zero' },
  });
  const tree = await openTree(project.directory);
  expect(await tree.read('inside')).toBe('text');
  for (const path of ['absolute', 'upward', 'folder/passwd', 'zero', '../x'])
    await expect(tree.read(path)).rejects.toThrow(`Cannot use ${path}: it leads out of the project`);
  await expect(tree.read('dangling')).rejects.toThrow('Cannot use dangling: it is not in the project');
  await expect(tree.read('a')).rejects.toThrow('Cannot read a: it is not a file');
  expect(await tree.has('folder/passwd')).toBe(false);
  expect(await tree.has('absolute')).toBe(true);
});

test('resolve() keeps paths in the tree', async () => {
  await using project = await aProject({});
  const tree = await openTree(project.directory);
  expect(tree.resolve('.devcontainer', '../x/./y')).toBe('x/y');
  for (const path of ['../../x', '/etc', '..\0'])
    expect(() => tree.resolve('.devcontainer', path)).toThrow('it leads out of the project');
});
