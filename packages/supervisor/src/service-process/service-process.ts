import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { signalGroup } from '../end-group.ts';
import { lastOf } from '../shorten.ts';
import { groupMembers } from './group-members.ts';
import { openServiceLog } from './service-log.ts';

const MAX_SAID = 4000;
/** How long output may still come after the process's own end, from what it left running. */
const LINGER_MS = 200;
const LOOK_MS = 20;
/** From SIGKILL to the end of a process, on a machine that is loaded. */
const KILL_MS = 2_000;

/** A service that was started, the head of a process group of its own where it is a process in the sandbox. */
export type ServiceProcess = {
  /** Resolves once it runs; never when it has ended before. */
  readonly started: Promise<void>;
  /** Resolves with how it ended, as a clause, when it has. */
  readonly ended: Promise<string>;
  /** The last lines it said, on one line; empty when it said nothing. */
  lastLines(): string;
  /** Asks the whole group to end, kills what is left of it after `graceMs`, and resolves when nobody is. */
  end(graceMs: number): Promise<void>;
};

/** Starts the process of a service. A program that cannot be started has ended, and says why. */
export function startServiceProcess(
  [file = '', ...rest]: readonly string[],
  given: { readonly cwd: string; readonly env: Record<string, string>; readonly logPath: string },
): ServiceProcess {
  const log = openServiceLog(given.logPath);
  const child = spawn(file, rest, {
    cwd: given.cwd,
    env: given.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  let said = '';
  let over = pid === undefined;
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk: Buffer) => {
      log.write(chunk);
      said = lastOf(said + chunk.toString('utf8'), MAX_SAID);
    });
  }
  child.on('close', () => log.close());
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ENOENT' ? `there is no command ${file}` : error.message),
    );
    child.on('exit', (exitCode, signal) => {
      const how = exitCode === null ? `it was ended by ${signal}` : `it exited with code ${exitCode}`;
      child.once('close', () => resolve(how));
      setTimeout(resolve, LINGER_MS, how);
    });
  });
  return {
    started: Promise.resolve(),
    ended,
    lastLines: () =>
      said
        .trim()
        .split(/\s*\n\s*/)
        .slice(-5)
        .join('; '),
    async end(graceMs) {
      if (pid === undefined || over) return;
      signalGroup(pid, 'SIGTERM');
      if (!(await isGone(pid, graceMs))) {
        signalGroup(pid, 'SIGKILL');
        await isGone(pid, KILL_MS);
      }
      // Its number may be somebody else's from now on.
      over = true;
      child.stdout.destroy();
      child.stderr.destroy();
    },
  };
}

/** Whether nobody of a group is left within that time. */
async function isGone(group: number, ms: number): Promise<boolean> {
  for (const untilMs = performance.now() + ms; ; await delay(LOOK_MS)) {
    if (groupMembers(group).length === 0) return true;
    if (performance.now() >= untilMs) return false;
  }
}
