import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { lastOf } from '../shorten.ts';

const MAX_BYTES = 512 * 1024;
const LAST_CHARACTERS = 2_000;

/** Writes a stream into a file that begins anew when it has grown too long. `last` is the end of what was said. */
export function boundedLog(path: string, from: Readable): { last(): string } {
  let last = '';
  let size = 0;
  let file: FileHandle | undefined;
  const write = async () => {
    file = await open(path, 'w', 0o600).catch(() => undefined);
    for await (const chunk of from.setEncoding('utf8') as AsyncIterable<string>) {
      last = lastOf(last + chunk, LAST_CHARACTERS);
      const text = lastOf(chunk, MAX_BYTES / 4);
      size += Buffer.byteLength(text);
      if (size > MAX_BYTES) {
        size = Buffer.byteLength(text);
        await file?.close().catch(() => undefined);
        file = await open(path, 'w', 0o600).catch(() => undefined);
      }
      await file?.write(text).catch(() => undefined);
    }
  };
  void write()
    .catch(() => undefined)
    .finally(() => file?.close().catch(() => undefined));
  return { last: () => last };
}
