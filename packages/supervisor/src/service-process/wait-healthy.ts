import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { signalGroup } from '../end-group.ts';
import { lastOf } from '../shorten.ts';

const LOOK_MS = 100;
const CONNECT_MS = 1_000;
/** How long one run of a health command may take. */
const HEALTH_MS = 10_000;
const MAX_SAID = 400;

/**
 * Resolves once every port takes a connection on the sandbox's localhost and the health command succeeds. Rejects with what is
 * still missing when that takes longer than `patienceMs`, and when the signal aborts.
 */
export async function waitHealthy(
  wanted: { readonly ports: readonly number[]; readonly health?: string | undefined },
  given: {
    readonly cwd: string;
    readonly env: Record<string, string>;
    readonly patienceMs: number;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  for (const untilMs = performance.now() + given.patienceMs; ; await delay(LOOK_MS, undefined, given)) {
    const missing = await firstMissing(wanted, given);
    if (missing === undefined) return;
    given.signal.throwIfAborted();
    if (performance.now() < untilMs) continue;
    throw new Error(`it was not ready within ${given.patienceMs / 1000} s: ${missing}`);
  }
}

async function firstMissing(
  { ports, health }: Parameters<typeof waitHealthy>[0],
  given: Parameters<typeof waitHealthy>[1],
): Promise<string | undefined> {
  for (const port of ports) if (!(await takesConnections(port))) return `port ${port} takes no connection`;
  return health === undefined ? undefined : healthProblem(health, given);
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: CONNECT_MS });
    const done = (taken: boolean) => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', () => done(true));
    socket.once('timeout', () => done(false));
    socket.once('error', () => done(false));
  });
}

/** Runs a health command once, and gives what is wrong by it. It is ended, with all it started, when it takes too long. */
function healthProblem(
  health: string,
  given: { readonly cwd: string; readonly env: Record<string, string>; readonly signal: AbortSignal },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const signal = AbortSignal.any([given.signal, AbortSignal.timeout(HEALTH_MS)]);
    const child = spawn('sh', ['-c', health], {
      cwd: given.cwd,
      env: given.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const output of [child.stdout, child.stderr]) {
      output.on('data', (chunk: Buffer) => {
        said = lastOf(said + chunk.toString('utf8'), MAX_SAID);
      });
    }
    const finish = (how: string | undefined) => {
      signal.removeEventListener('abort', aborted);
      child.stdout.destroy();
      child.stderr.destroy();
      const last = said.trim().split('\n').at(-1);
      resolve(how === undefined ? undefined : `its health command ${how}${last ? `: ${last}` : ''}`);
    };
    const aborted = () => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
      finish(`did not end within ${HEALTH_MS / 1000} s`);
    };
    signal.addEventListener('abort', aborted, { once: true });
    child.once('error', (error) => finish(`could not be started: ${error.message}`));
    child.once('exit', (exitCode, ended) => {
      if (exitCode === 0) finish(undefined);
      else setImmediate(finish, exitCode === null ? `was ended by ${ended}` : `exits with code ${exitCode}`);
    });
  });
}
