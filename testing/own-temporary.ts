import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives the tests of a run a directory of their own for what they make, and removes it at the end. Sandboxes' users pass through it. */
export default function ownTemporary(): () => void {
  // Short: sockets below it have to fit into 107 bytes.
  const directory = mkdtempSync(join(tmpdir(), 't'));
  chmodSync(directory, 0o1777);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = directory;
  return () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    try {
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      console.error(`Something of the tests stays in ${directory}: ${error}`);
    }
  };
}
