import { constants } from 'node:os';
import { Fault } from '@cspace/domain';
import type { SessionView, TunnelTarget } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import type { Sink } from '../io.ts';
import { type Exit, openTunnel, type Tunnel } from './open-tunnel.ts';

type CommandTarget = Extract<TunnelTarget, { kind: 'command' | 'sshd' }>;

/** A terminal in the sandbox: the login shell, or `argv` in one. Gives the exit code of what ran. */
export async function openTerminal(cli: Cli, session: SessionView, argv: readonly string[]): Promise<number> {
  const { stdin, stdout, env } = cli.io;
  const { columns, rows } = sizeOf(stdout);
  const target = { kind: 'terminal' as const, argv: [...argv], columns, rows, term: env.TERM ?? 'xterm-256color' };
  const tunnel = openTunnel(cli, session.id, target, (frame) => {
    if (frame.kind === 'data' || frame.kind === 'error') stdout.write(frame.payload);
  });
  const resized = () => tunnel.send('resize', Buffer.from(JSON.stringify(sizeOf(stdout))));
  stdout.on?.('resize', resized);
  stdin.setRawMode?.(true);
  try {
    void forward(cli, tunnel);
    return exitCodeOfExit(await tunnel.closed);
  } finally {
    stdin.setRawMode?.(false);
    stdout.off?.('resize', resized);
    tunnel.close();
  }
}

/** A command in the sandbox, its streams apart. Standard input is forwarded unless it is a terminal. */
export async function runCommand(cli: Cli, session: SessionView, target: CommandTarget): Promise<number> {
  const { stdin, stdout, stderr, cancelled } = cli.io;
  const tunnel = openTunnel(cli, session.id, target, (frame) => {
    if (frame.kind === 'data') stdout.write(frame.payload);
    if (frame.kind === 'error') stderr.write(frame.payload);
  });
  const cut = () => tunnel.close();
  cancelled.addEventListener('abort', cut);
  try {
    if (stdin.isTTY === true) tunnel.send('end');
    else void forward(cli, tunnel);
    return exitCodeOfExit(await tunnel.closed);
  } catch (error) {
    cancelled.throwIfAborted();
    throw error;
  } finally {
    cancelled.removeEventListener('abort', cut);
    tunnel.close();
  }
}

async function forward(cli: Cli, tunnel: Tunnel): Promise<void> {
  try {
    for await (const chunk of cli.io.stdin) {
      tunnel.send('data', typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      await tunnel.drained();
    }
    tunnel.send('end');
  } catch {
    tunnel.send('end');
  }
}

/** As a shell has it: 128 and the signal's number for what a signal ended. */
function exitCodeOfExit({ exitCode, signal }: Exit): number {
  if (exitCode !== null) return exitCode;
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  if (number !== undefined) return 128 + number;
  throw new Fault('failed', 'Cannot tell how the command ended', {
    hint: 'cspace agent-status NAME says how the session is',
  });
}

function sizeOf(stdout: Sink & { readonly rows?: number }): { readonly columns: number; readonly rows: number } {
  const within = (size: number | undefined, otherwise: number) => Math.min(1000, Math.max(1, size ?? otherwise));
  return { columns: within(stdout.columns, 80), rows: within(stdout.rows, 24) };
}
