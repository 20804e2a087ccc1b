import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@cspace/domain';
import type { Tree } from '../tree.ts';

const FIXED = ['.devcontainer/devcontainer.json', '.devcontainer.json'];

/**
 * The project's devcontainer.json, as a path in the tree: the one that is asked for, or the only one. Faults: `not-found`, and
 * `conflict` when there are several to choose from.
 */
export async function findConfig(tree: Tree, asked: string | undefined): Promise<string> {
  if (asked !== undefined) {
    const path = tree.resolve('.', asked);
    if (await tree.has(path)) return path;
    throw new Fault('not-found', `Cannot find the devcontainer ${asked}: the project has no such file`, {
      hint: 'sandbox.devcontainer is a path from the root of the project',
    });
  }
  for (const path of FIXED) if (await tree.has(path)) return path;
  const found = await inFolders(tree);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only === undefined) {
    throw new Fault('not-found', 'Cannot find the devcontainer: the project has none', {
      hint: `Write ${FIXED[0]}, or take sandbox.devcontainer out of the configuration`,
    });
  }
  throw new Fault('conflict', `Cannot choose a devcontainer: the project has ${found.join(', ')}`, {
    hint: `Name one in .cspace.json: "sandbox": { "devcontainer": ${JSON.stringify(only)} }`,
  });
}

async function inFolders(tree: Tree): Promise<string[]> {
  if (!(await tree.has('.devcontainer'))) return [];
  const entries = await readdir(await tree.locate('.devcontainer'), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const paths = folders.sort().map((folder) => join('.devcontainer', folder, 'devcontainer.json'));
  const there = await Promise.all(paths.map((path) => tree.has(path)));
  return paths.filter((_, at) => there[at]);
}
