import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@cspace/domain';
import { chromiumArguments } from '@cspace/protocol';
import { endGroup } from '../end-group.ts';
import { answersVersion } from './answers-version.ts';
import { boundedLog } from './bounded-log.ts';

export type RunningBrowser = {
  /** Resolves when it has ended, however it was. */
  readonly ended: Promise<void>;
  end(): Promise<void>;
};

const START_MS = 30_000;
const GRACE_MS = 2_000;

/** Starts a Chromium and waits until it takes connections; a `failed` Fault says why it does not. */
export async function startChromium(given: {
  readonly program: string;
  readonly port: number;
  readonly proxyPort: number;
  readonly state: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}): Promise<RunningBrowser> {
  const profile = join(given.state, 'browser');
  await mkdir(profile, { recursive: true, mode: 0o700 });
  // A browser that was killed leaves a lock with the name of a host that may not be ours any more.
  for (const name of ['SingletonLock', 'SingletonSocket', 'SingletonCookie']) {
    await rm(join(profile, name), { force: true });
  }
  const child = spawn(given.program, chromiumArguments({ ...given, profile }), {
    cwd: given.cwd,
    env: given.env,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log = boundedLog(join(given.state, 'browser.log'), child.stderr);
  let failure: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      failure = error.message;
      resolve();
    });
    child.on('exit', (code, signal) => {
      failure ??= `it ended with ${signal ?? code}`;
      resolve();
    });
  });
  const end = async () => {
    if (child.pid === undefined) return;
    endGroup(child.pid, GRACE_MS);
    await ended;
    endGroup(child.pid, 0, 'SIGKILL');
  };
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), START_MS);
  void ended.then(() => waiting.abort());
  const isThere = await answersVersion(given.port, waiting.signal);
  clearTimeout(timer);
  if (isThere && failure === undefined) return { ended, end };
  const why = failure ?? `it did not answer within ${START_MS / 1000} s`;
  await end();
  throw new Fault('failed', `Cannot start a browser: ${why}${lastLine(log.last())}`, {
    hint: `Look at ${join(given.state, 'browser.log')}`,
  });
}

function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1)?.trim() ?? '';
  return line === '' ? '' : ` (${line.slice(0, 300)})`;
}
