import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract, type Pack, pack } from 'tar-stream';

/** What is put into a container, as the engine takes it. */
export type Entry = {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
} & (
  | { readonly type: 'directory' }
  | { readonly type: 'file'; readonly text: string }
  | { readonly type: 'symlink'; readonly linkname: string }
);

/** A tar archive of those entries, in order. */
export async function archiveOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const entry of entries) {
    const { name, mode, uid, gid, type } = entry;
    tar.entry(
      { name, mode, uid, gid, type, ...(type === 'symlink' ? { linkname: entry.linkname } : {}) },
      type === 'file' ? entry.text : '',
    );
  }
  tar.finalize();
  return buffer(tar as unknown as Readable);
}

/** Everything below a directory of this machine, owned by root. Sockets and the like are left out. */
export function directoryArchive(directory: string): NodeJS.ReadableStream {
  const tar = pack();
  void packBelow(tar, directory, '').then(
    () => tar.finalize(),
    (error: Error) => tar.destroy(error),
  );
  return tar as unknown as NodeJS.ReadableStream;
}

async function packBelow(tar: Pack, directory: string, below: string): Promise<void> {
  for (const entry of await readdir(join(directory, below), { withFileTypes: true })) {
    const name = join(below, entry.name);
    const path = join(directory, name);
    const { mode, size, mtime } = await lstat(path);
    const header = { name, mode: mode & 0o7777, mtime, uid: 0, gid: 0 };
    if (entry.isDirectory()) {
      tar.entry({ ...header, type: 'directory' });
      await packBelow(tar, directory, name);
    } else if (entry.isSymbolicLink()) {
      tar.entry({ ...header, type: 'symlink', linkname: await readlink(path) });
    } else if (entry.isFile()) {
      await pipeline(createReadStream(path), tar.entry({ ...header, type: 'file', size }) as unknown as Writable);
    }
  }
}

/** The text of the one file in an archive, as the engine gives a file out of a container. */
export async function fileIn(archive: NodeJS.ReadableStream): Promise<string> {
  const tar = extract();
  let found = '';
  tar.on('entry', (_header, stream, next) => {
    void text(stream as unknown as Readable).then((content) => {
      found = content;
      next();
    }, next);
  });
  await new Promise<void>((resolve, reject) => {
    tar.once('finish', resolve);
    tar.once('error', reject);
    archive.once('error', reject);
    archive.pipe(tar);
  });
  return found;
}
