import { spawn } from 'node:child_process';
import { Fault, isFault } from '@cspace/domain';
import type { Cli } from '../cli.ts';
import { connectTo, whereIs } from '../connect.ts';
import { age } from '../render/duration.ts';
import { usageFault } from '../usage-fault.ts';
import { isAlive } from './is-alive.ts';
import { serverArguments } from './server-arguments.ts';
import { answers } from './start-server.ts';

export type ServeOptions = { readonly listen?: string; readonly status?: boolean; readonly stop?: boolean };

const STOP_MS = 30_000;
const POLL_MS = 20;
const NOT_RUNNING = 3;

/** Runs the server in the foreground; or says how it is; or stops it. Sandboxes outlive it. */
export async function serve(cli: Cli, options: ServeOptions): Promise<number> {
  const asked = [options.listen !== undefined, options.status === true, options.stop === true].filter(Boolean).length;
  if (asked > 1) throw usageFault('Cannot serve: --listen, --status and --stop exclude each other', 'Give one of them');
  if (options.status === true) return status(cli);
  if (options.stop === true) return stop(cli);
  return foreground(cli, options.listen);
}

async function health(cli: Cli) {
  try {
    return await connectTo(cli, { start: false }).server.health(undefined, { signal: cli.io.cancelled });
  } catch (error) {
    if (isFault(error, 'unavailable')) return undefined;
    throw error;
  }
}

async function status(cli: Cli): Promise<number> {
  const { io, out } = cli;
  const found = await health(cli);
  if (out.json) out.value(found === undefined ? { running: false } : { running: true, ...found });
  else if (found === undefined) out.line('not running');
  else
    out.line(
      `running for ${age(io.nowMs() - found.startedAtMs)}, version ${found.version}, pid ${found.pid}, home ${found.home}`,
    );
  return found === undefined ? NOT_RUNNING : 0;
}

/** Stopping one that does not run succeeds. */
async function stop(cli: Cli): Promise<number> {
  const { io, out } = cli;
  const found = await health(cli);
  if (found !== undefined) {
    await connectTo(cli, { start: false }).server.stop(undefined, { signal: io.cancelled });
    const where = whereIs(cli);
    const deadlineMs = io.nowMs() + STOP_MS;
    while (where.kind === 'own' && (isAlive(found.pid) || (await answers(where.home.socket)))) {
      io.cancelled.throwIfAborted();
      if (io.nowMs() >= deadlineMs) {
        throw new Fault('failed', `Cannot stop the server: pid ${found.pid} is still there after ${STOP_MS / 1000} s`, {
          hint: `Its log is ${where.home.log}`,
        });
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
  if (out.json) out.value({ stopped: found !== undefined, pid: found?.pid ?? null });
  else out.line(found === undefined ? 'not running' : 'stopped; sandboxes go on');
  return 0;
}

async function foreground(cli: Cli, listen: string | undefined): Promise<number> {
  const { io } = cli;
  const program = serverArguments(io.env);
  if (program === undefined)
    throw new Fault('lacking', 'Cannot serve: this installation has no server', { hint: 'Install cspace again' });
  if (listen !== undefined && (io.env.CSPACE_TOKEN ?? '') === '') {
    throw usageFault(
      `Cannot listen on ${listen}: there is no token, and nobody is let in without one`,
      'export CSPACE_TOKEN=$(openssl rand -hex 32)',
    );
  }
  const where = whereIs(cli);
  if (where.kind === 'own' && (await answers(where.home.socket))) {
    const owner = await health(cli);
    const who = owner === undefined ? 'a server' : `process ${owner.pid}`;
    throw new Fault('conflict', `Cannot serve: ${who} serves ${where.home.data} already`, {
      hint: 'cspace serve --status tells about it, cspace serve --stop ends it',
    });
  }
  const argv = listen === undefined ? [] : ['--listen', listen];
  const child = spawn(process.execPath, [...program, ...argv], { stdio: 'inherit', env: { ...io.env } });
  const end = () => child.kill('SIGTERM');
  io.cancelled.addEventListener('abort', end);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(io.cancelled.aborted ? 0 : (code ?? 1)));
    });
  } finally {
    io.cancelled.removeEventListener('abort', end);
  }
}
