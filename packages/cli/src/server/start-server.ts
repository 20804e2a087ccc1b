import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { FAULTS, Fault } from '@cspace/domain';
import type { Home } from '@cspace/protocol';
import type { Io } from '../io.ts';
import { serverArguments } from './server-arguments.ts';

/** How long a server may take to answer, and how long one waits for another starter's after its own has ended. */
const START_MS = 20_000;
const OTHER_STARTER_MS = 3_000;
const POLL_MS = 15;
const MAX_LAST_LINES = 8;

/**
 * Starts a server of its own, apart from this process, and resolves when it answers. Two starters at once are safe: the server
 * owns its data directory, the second one ends, and both starters meet the first.
 */
export async function startServer(io: Io, home: Home): Promise<void> {
  const program = serverArguments(io.env);
  if (program === undefined) {
    throw new Fault('lacking', 'Cannot start the cspace server: this installation has none', {
      hint: 'Set CSPACE_SERVER to one that runs, or install cspace again',
    });
  }
  const { child, logFrom } = launch(io, home, program);
  let deadlineMs = io.nowMs() + START_MS;
  let ended = false;
  child.once('exit', (exitCode) => {
    ended = true;
    if (exitCode !== FAULTS.conflict.exitCode) deadlineMs = Math.min(deadlineMs, io.nowMs() + OTHER_STARTER_MS);
  });
  child.unref();
  while (!(await answers(home.socket))) {
    io.cancelled.throwIfAborted();
    if (io.nowMs() >= deadlineMs) {
      const why = ended ? `it ended with ${endOf(child)}` : `it did not answer within ${START_MS / 1000} s`;
      throw new Fault('unavailable', `Cannot start the cspace server: ${why}${quoted(lastLines(home.log, logFrom))}`, {
        hint: `Its log is ${home.log}; cspace serve runs it in the foreground`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function launch(io: Io, home: Home, program: readonly string[]): { child: ChildProcess; logFrom: number } {
  try {
    mkdirSync(home.data, { recursive: true, mode: 0o700 });
    mkdirSync(dirname(home.log), { recursive: true, mode: 0o700 });
    const log = openSync(home.log, 'a', 0o600);
    chmodSync(home.log, 0o600);
    const logFrom = statSync(home.log).size;
    const ours = io.env.CSPACE_HOME === undefined || io.env.CSPACE_HOME === '' ? {} : { CSPACE_HOME: home.data };
    const child = spawn(process.execPath, program, {
      cwd: home.data,
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...io.env, ...ours },
    });
    closeSync(log);
    return { child, logFrom };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('failed', `Cannot start the cspace server in ${home.data}: ${why}`, {
      hint: 'Set CSPACE_HOME to a directory that can be written',
      cause,
    });
  }
}

function endOf(child: ChildProcess): string {
  return child.signalCode === null ? `exit code ${child.exitCode}` : child.signalCode;
}

/** Whether something listens on the socket. */
export function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** What the server said last, for the person who started it. */
function lastLines(log: string, from: number): readonly string[] {
  try {
    const size = statSync(log).size;
    const start = Math.max(from, size - 8192);
    const bytes = Buffer.alloc(Math.max(0, size - start));
    const file = openSync(log, 'r');
    readSync(file, bytes, 0, bytes.length, start);
    closeSync(file);
    const lines = bytes
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '');
    const error = lines.findLastIndex((line) => /^\w*(Error|Fault)\b.*: /.test(line));
    return error < 0 ? lines.slice(-MAX_LAST_LINES) : lines.slice(error, error + 1);
  } catch {
    return [];
  }
}

function quoted(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `. Its last words:\n${lines.map((line) => `    ${plainLogLine(line)}`).join('\n')}`;
}

/** The message of a structured log line; anything else as it is. */
function plainLogLine(line: string): string {
  try {
    const { msg, err } = JSON.parse(line) as { msg?: unknown; err?: { message?: unknown } };
    const parts = [msg, err?.message].filter((part) => typeof part === 'string');
    return parts.length > 0 ? parts.join(': ') : line;
  } catch {
    return line;
  }
}
