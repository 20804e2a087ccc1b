import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { StringDecoder } from 'node:string_decoder';
import type { TunnelTarget } from '@cspace/protocol';
import { signalGroup } from '../end-group.ts';
import { framed } from './framed.ts';

const GRACE_MS = 2_000;

type Terminal = Extract<TunnelTarget, { kind: 'terminal' }>;

/** Runs a program in a terminal of its own over a tunnel. An empty command is the login shell. It dies with its tunnel. */
export async function serveTerminal(
  socket: Socket,
  target: Terminal,
  at: { readonly cwd: string; readonly env: Record<string, string> },
): Promise<void> {
  // The native part is loaded by the first terminal: most supervisors never open one.
  const { spawn } = await import('@lydell/node-pty');
  const [file, ...rest] = target.argv.length > 0 ? target.argv : [at.env.SHELL ?? '/bin/bash', '-l'];
  const pty = spawn(file ?? '/bin/sh', rest, {
    name: target.term,
    cols: target.columns,
    rows: target.rows,
    cwd: at.cwd,
    env: { ...at.env, TERM: target.term },
    encoding: null,
  });
  let ended = false;
  // A character may come in two frames.
  const typed = new StringDecoder('utf8');

  const tunnel = framed(socket, {
    frame({ kind, payload }) {
      if (ended) return;
      if (kind === 'data') pty.write(typed.write(Buffer.from(payload)));
      else if (kind === 'end') pty.write('\u0004');
      else if (kind === 'resize') resize(payload);
    },
    drain: () => pty.resume(),
    closed: () => {
      if (ended) return;
      signalGroup(pty.pid, 'SIGHUP');
      setTimeout(() => signalGroup(pty.pid, 'SIGKILL'), GRACE_MS).unref();
    },
  });
  const resize = (payload: Uint8Array): void => {
    const size = parseSize(payload);
    if (size !== undefined) pty.resize(size.columns, size.rows);
  };
  // With no encoding the data are bytes, whatever the type says.
  pty.onData((chunk: string | Buffer) => {
    if (!tunnel.send('data', Buffer.from(chunk as Buffer))) pty.pause();
  });
  pty.onExit(({ exitCode, signal }) => {
    ended = true;
    const signalled = signal !== undefined && signal !== 0;
    tunnel.exit({ exitCode: signalled ? null : exitCode, signal: signalled ? signalName(signal) : null });
  });
  socket.resume();
}

function parseSize(payload: Uint8Array): { readonly columns: number; readonly rows: number } | undefined {
  try {
    const { columns, rows } = JSON.parse(Buffer.from(payload).toString()) as { columns: unknown; rows: unknown };
    return isSize(columns) && isSize(rows) ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}

function isSize(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 1000;
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, each]) => each === number)?.[0] ?? `signal ${number}`;
}
