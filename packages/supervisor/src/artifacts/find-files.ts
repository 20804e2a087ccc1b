import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export type FoundFile = {
  /** Below the directory, with `/`. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Other bytes, another stamp. */
  readonly stamp: string;
};

export type Found = { readonly files: readonly FoundFile[]; readonly directories: readonly string[] };

/** What is looked at in one directory tree, however much is in it. */
const MAX_ENTRIES = 4_000;
const MAX_DIRECTORIES = 200;

/** The regular files below a directory. Links are not followed; what goes away meanwhile is left out. */
export async function findFiles(root: string): Promise<Found> {
  const files: FoundFile[] = [];
  const directories: string[] = [];
  const waiting: { readonly path: string; readonly name: string }[] = [{ path: root, name: '' }];
  let entries = 0;
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    const own = await lstat(at.path).catch(() => undefined);
    if (own?.isDirectory() !== true || directories.length >= MAX_DIRECTORIES) continue;
    directories.push(at.path);
    for (const entry of await readdir(at.path).catch(() => [])) {
      entries += 1;
      if (entries > MAX_ENTRIES) return { files, directories };
      const path = join(at.path, entry);
      const name = at.name === '' ? entry : `${at.name}/${entry}`;
      const stat = await lstat(path).catch(() => undefined);
      if (stat?.isDirectory() === true) waiting.push({ path, name });
      if (stat?.isFile() === true) files.push({ name, path, bytes: stat.size, stamp: stampOf(stat) });
    }
  }
  return { files, directories };
}

export function stampOf(stat: { readonly size: number; readonly mtimeMs: number; readonly ino: number }): string {
  return `${stat.size}:${stat.mtimeMs}:${stat.ino}`;
}
