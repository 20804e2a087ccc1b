import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export type Child = {
  readonly pid: number;
  /** Every whole line it has printed so far. */
  readonly lines: readonly string[];
  /** Resolves once it has printed `count` lines. */
  printed(count: number): Promise<void>;
  kill(): Promise<void>;
};

/** Starts a program of this directory in a process of its own. */
export function startChild(program: string, ...args: readonly string[]): Child {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const child: ChildProcessByStdio<null, Readable, null> = spawn(process.execPath, [file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const closed = Promise.all([once(child, 'exit'), once(reader, 'close')]);
  return {
    pid: child.pid ?? 0,
    lines,
    async printed(count) {
      while (lines.length < count) {
        const ended = await Promise.race([once(reader, 'line').then(() => false), closed.then(() => true)]);
        if (ended && lines.length < count) throw new Error(`${program} ended after ${lines.length} lines`);
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
