import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * The canonical top of the main work tree around a directory, as git would find it, read from a few files; undefined where it
 * takes git to tell (no repository, a bare one, a submodule).
 */
export function mainWorkTree(directory: string): string | undefined {
  try {
    for (let at = realpathSync(directory); ; at = dirname(at)) {
      const found = gitDirectory(join(at, '.git'));
      if (found !== undefined) return basename(found) === '.git' ? realpathSync(dirname(found)) : undefined;
      if (at === dirname(at)) return undefined;
    }
  } catch {
    return undefined;
  }
}

/** The common git directory behind a `.git`: itself, or the main one when it is a linked work tree's file. */
function gitDirectory(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (stat.isDirectory())
    return statSync(join(path, 'HEAD'), { throwIfNoEntry: false }) === undefined ? undefined : path;
  const own = resolve(
    dirname(path),
    readFileSync(path, 'utf8')
      .replace(/^gitdir: /, '')
      .trim(),
  );
  return resolve(own, readFileSync(join(own, 'commondir'), 'utf8').trim());
}
