import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * Where a repository keeps its refs and objects, read from its files alone: nothing of it is run. `path` is a work tree
 * (a linked one too), or a bare repository. Undefined when it is neither.
 */
export async function commonDirectory(path: string): Promise<string | undefined> {
  return (await directoriesOf(path))?.common;
}

/** The same, with the directory that is the work tree's `own`: it has the HEAD. */
export async function directoriesOf(
  path: string,
): Promise<{ readonly own: string; readonly common: string } | undefined> {
  for (const candidate of [join(path, '.git'), path]) {
    const own = await gitDirectory(candidate);
    if (own === undefined) continue;
    const common = await readFile(join(own, 'commondir'), 'utf8').catch(() => undefined);
    return { own, common: common === undefined ? own : resolve(own, common.trim()) };
  }
  return undefined;
}

/** The git directory a `.git` is or points to. */
async function gitDirectory(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() && found.size < 64 * 1024) {
    const target = /^gitdir: (.+?)\n?$/s.exec(await readFile(path, 'utf8'))?.[1];
    return target === undefined ? undefined : resolve(path, '..', target);
  }
  const head = await stat(join(path, 'HEAD')).catch(() => undefined);
  return head?.isFile() ? path : undefined;
}
