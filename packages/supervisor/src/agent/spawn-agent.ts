import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { endGroup, signalGroup } from '../end-group.ts';
import { lastOf } from '../shorten.ts';

const MAX_STDERR = 4000;

export type AgentEnd = { readonly exitCode: number | null; readonly signal: string | null; readonly stderr: string };

/** The agent's process, the head of a process group of its own. */
export type AgentProcess = {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when it has ended, however it was. */
  readonly ended: Promise<AgentEnd>;
  /** Asks the whole group to end and kills what is left after `graceMs`. */
  end(graceMs: number): void;
};

/** Starts an agent's program. A program that cannot be started has ended, with the reason on its standard error. */
export function spawnAgent(
  command: readonly string[],
  at: { readonly cwd: string; readonly env: Record<string, string> },
): AgentProcess {
  const [file = '', ...rest] = command;
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(file, rest, {
    cwd: at.cwd,
    env: at.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = lastOf(stderr + text, MAX_STDERR);
  });
  child.stdin.on('error', () => {});
  const ended = new Promise<AgentEnd>((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? 'there is no such command' : error.message;
      resolve({ exitCode: 127, signal: null, stderr: `Cannot run ${file}: ${why}` });
    });
    // What it has started may keep its output open; its own end is what counts.
    child.on('exit', (exitCode, signal) => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGTERM');
      setImmediate(() => resolve({ exitCode, signal, stderr }));
    });
  });
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    ended,
    end(graceMs) {
      if (child.pid !== undefined) endGroup(child.pid, graceMs);
    },
  };
}

/** How an agent ended, as a clause. */
export function describeEnd({ exitCode, signal, stderr }: AgentEnd): string {
  const how = signal === null ? `exited with code ${exitCode}` : `was ended by ${signal}`;
  const last = stderr.trim().split('\n').at(-1);
  return last === undefined || last === '' ? `the agent ${how}` : `the agent ${how}: ${last}`;
}
