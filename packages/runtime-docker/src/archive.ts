import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';

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
