import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A named pipe in a directory that is shown in a sandbox: a command in it says there that it has run. */
export type Said = {
  readonly directory: string;
  /** Where the directory is inside, and what the command is. */
  readonly target: string;
  readonly script: string;
  /** Resolves once it was said. */
  heard(): Promise<void>;
};

export function said(parent: string): Said {
  const directory = join(parent, 'said');
  const pipe = join(directory, 'pipe');
  mkdirSync(directory, { mode: 0o755 });
  execFileSync('mkfifo', [pipe]);
  chmodSync(pipe, 0o666);
  return {
    directory,
    target: '/run/said',
    script: 'echo ran > /run/said/pipe',
    async heard() {
      if ((await readFile(pipe, 'utf8')) !== 'ran\n') throw new Error('the command did not run');
    },
  };
}
