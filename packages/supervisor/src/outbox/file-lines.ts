import { readSync } from 'node:fs';

const CHUNK_BYTES = 64 * 1024;

/**
 * Reads the whole lines of a file from `offset` on, each with the offset after it. A last line without its end is not given:
 * it was torn by a death.
 */
export function* fileLines(fd: number, offset: number): Generator<{ readonly line: string; readonly end: number }> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let rest: Buffer = Buffer.alloc(0);
  let at = offset;
  for (;;) {
    const size = readSync(fd, chunk, 0, CHUNK_BYTES, at + rest.byteLength);
    if (size === 0) return;
    const bytes = Buffer.concat([rest, chunk.subarray(0, size)]);
    let from = 0;
    for (let end = bytes.indexOf(10, from); end >= 0; end = bytes.indexOf(10, from)) {
      yield { line: bytes.toString('utf8', from, end), end: at + end + 1 };
      from = end + 1;
    }
    at += from;
    rest = bytes.subarray(from);
  }
}
