import { Readable } from 'node:stream';
import type { Io } from '../io.ts';
import { run } from '../run.ts';

export type Ran = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

export type Given = {
  readonly socketPath?: string;
  readonly env?: Record<string, string>;
  readonly stdin?: string | Uint8Array;
  /** Both streams and standard input are a terminal. */
  readonly tty?: boolean;
  readonly columns?: number;
  readonly cwd?: string;
  readonly cancelled?: AbortSignal;
  /** Absent: it is always the same moment. */
  readonly nowMs?: () => number;
  readonly onStdout?: (text: string) => void;
};

/** Runs one command line in this process, with streams of its own. */
export async function runCli(argv: readonly string[], given: Given = {}): Promise<Ran> {
  const { tty = false, columns = 80, stdin = '' } = given;
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => ({
    isTTY: tty,
    columns,
    write: (text: string | Uint8Array) => {
      const string = typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
      written[name] += string;
      if (name === 'stdout') given.onStdout?.(string);
    },
  });
  const io: Io = {
    env: {
      HOME: '/nonexistent',
      PATH: process.env.PATH ?? '',
      TERM: 'xterm-256color',
      ...(given.socketPath === undefined ? {} : { CSPACE_SERVER: `unix:${given.socketPath}` }),
      ...given.env,
    },
    cwd: given.cwd ?? process.cwd(),
    uid: 1000,
    stdin: Object.assign(Readable.from([stdin]), { isTTY: tty }),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    cancelled: given.cancelled ?? new AbortController().signal,
    nowMs: given.nowMs ?? (() => Date.parse('2026-01-31T13:00:00Z')),
  };
  const exitCode = await run(argv, io);
  return { exitCode, ...written };
}
