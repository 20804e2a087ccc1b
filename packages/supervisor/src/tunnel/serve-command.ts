import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { endGroup } from '../end-group.ts';
import { framed } from './framed.ts';

const GRACE_MS = 2_000;
/** How long output may still come after the command's own end, from what it left running. */
const LINGER_MS = 500;

/** Runs a command over a tunnel: its three streams as frames, its end as the last one. It dies with its tunnel. */
export function serveCommand(
  socket: Socket,
  argv: readonly string[],
  at: { readonly cwd: string; readonly env: Record<string, string> },
): void {
  const [file = '', ...rest] = argv;
  const child = spawn(file, rest, { cwd: at.cwd, env: at.env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const outputs: readonly (readonly ['data' | 'error', Readable])[] = [
    ['data', child.stdout],
    ['error', child.stderr],
  ];
  let ended = false;

  const tunnel = framed(socket, {
    frame({ kind, payload }) {
      if (kind === 'data') {
        if (!child.stdin.write(payload)) tunnel.pause();
      } else if (kind === 'end') child.stdin.end();
    },
    drain: () => {
      for (const [, output] of outputs) output.resume();
    },
    closed: () => {
      if (!ended && child.pid !== undefined) endGroup(child.pid, GRACE_MS, 'SIGHUP');
      for (const [, output] of outputs) output.destroy();
    },
  });
  child.stdin.on('drain', () => tunnel.resume());
  child.stdin.on('error', () => tunnel.resume());
  for (const [kind, output] of outputs) {
    output.on('data', (chunk: Buffer) => {
      if (tunnel.send(kind, chunk)) return;
      for (const [, each] of outputs) each.pause();
    });
  }
  child.on('error', (error: NodeJS.ErrnoException) => {
    ended = true;
    const missing = error.code === 'ENOENT';
    tunnel.send('error', Buffer.from(`Cannot run ${file}: ${missing ? 'there is no such command' : error.message}\n`));
    tunnel.exit({ exitCode: missing ? 127 : 126, signal: null });
  });
  child.on('exit', (exitCode, signal) => {
    const finish = () => {
      if (ended) return;
      ended = true;
      tunnel.exit({ exitCode, signal });
    };
    child.once('close', finish);
    setTimeout(finish, LINGER_MS).unref();
  });
  socket.resume();
}
