import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** A name for a value: the same for the same content, whatever the order of its keys. */
export function contentHash(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex');
}

/** A name for the content of a real directory: paths, kinds, executable bits and bytes. Links are names, not what they lead to. */
export async function directoryHash(directory: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await addDirectory(hash, directory, '', signal);
  return hash.digest('hex');
}

async function addDirectory(hash: Hash, directory: string, prefix: string, signal: AbortSignal): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    signal.throwIfAborted();
    const path = join(directory, entry.name);
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) {
      hash.update(`directory ${JSON.stringify(name)}\n`);
      await addDirectory(hash, path, `${name}/`, signal);
    } else if (entry.isSymbolicLink()) {
      hash.update(`link ${JSON.stringify([name, await readlink(path)])}\n`);
    } else if (entry.isFile()) {
      const { mode, size } = await lstat(path);
      hash.update(`file ${JSON.stringify([name, (mode & 0o100) !== 0, size])}\n`);
      for await (const chunk of createReadStream(path, { signal })) hash.update(chunk as Buffer);
    }
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => [key, sorted(each)]);
}
