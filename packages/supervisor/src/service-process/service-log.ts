import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** The most that is kept of what a service says, twice: in its file, and in the one before it. */
const MAX_BYTES = 1024 * 1024;

/** What a service says, in a file that never grows beyond a size: a full one becomes `.1`, over the former. */
export type ServiceLog = { write(chunk: Buffer): void; close(): void };

/** Opens a service's log and goes on where it was. A full disk loses what is said, and nothing else. */
export function openServiceLog(path: string, maxBytes = MAX_BYTES): ServiceLog {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let file: number | undefined = openSync(path, 'a', 0o600);
  let size = fstatSync(file).size;
  return {
    write(chunk) {
      if (file === undefined) return;
      try {
        if (size > 0 && size + chunk.byteLength > maxBytes) {
          if (existsSync(path)) renameSync(path, `${path}.1`);
          closeSync(file);
          file = undefined;
          file = openSync(path, 'a', 0o600);
          size = 0;
        }
        size += writeSync(file, chunk);
      } catch {
        // The service must not end because its words cannot be kept.
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}
