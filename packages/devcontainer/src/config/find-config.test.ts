import { expect, test } from 'vitest';
import { aProject } from '../testing/a-project.ts';
import { openTree } from '../tree.ts';
import { findConfig } from './find-config.ts';

const [FIRST, SECOND] = ['.devcontainer/devcontainer.json', '.devcontainer.json'];
const [A, B] = ['.devcontainer/a/devcontainer.json', '.devcontainer/b/devcontainer.json'];

test.for<[string[], string | undefined, string]>([
  [[FIRST, SECOND, A], undefined, FIRST],
  [[SECOND, A], undefined, SECOND],
  [[A, '.devcontainer/c/other'], undefined, A],
  [[FIRST, A, B], B, B],
])('findConfig() of %j, asked for %s, is %s', async ([paths, asked, found]) => {
  await using project = await aProject(Object.fromEntries(paths.map((path) => [path, '{}'])));
  expect(await findConfig(await openTree(project.directory), asked)).toBe(found);
});

test('findConfig() names all when there are several', async () => {
  await using project = await aProject({ [B]: '{}', [A]: '{}' });
  await expect(findConfig(await openTree(project.directory), undefined)).rejects.toMatchObject({
    code: 'conflict',
    message: `Cannot choose a devcontainer: the project has ${A}, ${B}`,
  });
});

test.for([
  [undefined, 'not-found', 'Cannot find the devcontainer: the project has none'],
  ['x.json', 'not-found', 'Cannot find the devcontainer x.json: the project has no such file'],
  ['../x.json', 'invalid', 'Cannot use ../x.json: it leads out of the project'],
])('findConfig() asked for %s is %s', async ([asked, code, message]) => {
  await using project = await aProject({});
  await expect(findConfig(await openTree(project.directory), asked)).rejects.toMatchObject({ code, message });
});
