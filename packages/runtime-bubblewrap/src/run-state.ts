import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxEnd } from '@cspace/domain';

/** What the launcher has written down of the last run, checked against the machine. */
export type RunState =
  | { readonly state: 'none' }
  | {
      readonly state: 'running';
      readonly launcher: number;
      readonly startedAtMs: number;
      readonly init: number | undefined;
    }
  | { readonly state: 'ended'; readonly end: SandboxEnd };

/** Clock ticks a second, as /proc counts them (USER_HZ, 100 on every architecture we run on). */
const TICKS = 100;

/** The state of a sandbox's last run. A process id that is used again is told apart by boot and start time. */
export async function runState(directory: string): Promise<RunState> {
  const [run, exit] = await Promise.all([text(join(directory, 'run')), text(join(directory, 'exit'))]);
  if (run === undefined) return { state: 'none' };
  if (exit !== undefined) return { state: 'ended', end: endOf(Number(exit)) };
  const [boot, stat = ''] = run.split('\n');
  const pid = Number(stat.split(' ', 1)[0]);
  const now = await text(`/proc/${pid}/stat`);
  const sameBoot = boot === (await text('/proc/sys/kernel/random/boot_id'))?.trim();
  if (!sameBoot || now === undefined || startOf(now) !== startOf(stat)) {
    const late = await text(join(directory, 'exit'));
    return { state: 'ended', end: late === undefined ? { kind: 'unknown' } : endOf(Number(late)) };
  }
  const uptimeS = Number((await text('/proc/uptime'))?.split(' ', 1)[0]);
  const startedAtMs = Math.round(Date.now() - (uptimeS - startOf(stat) / TICKS) * 1000);
  return { state: 'running', launcher: pid, startedAtMs, init: await initOf(directory) };
}

/** The process that is 1 inside, as the host counts it; known once bubblewrap has made the namespaces. */
async function initOf(directory: string): Promise<number | undefined> {
  const status = await text(join(directory, 'status'));
  const pid = /"child-pid":\s*(\d+)/.exec(status ?? '')?.[1];
  return pid === undefined ? undefined : Number(pid);
}

/** Field 22 of /proc/PID/stat, in ticks since boot; the name in field 2 may hold anything, so it is counted from its end. */
function startOf(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
}

function endOf(code: number): SandboxEnd {
  if (code <= 128) return { kind: 'exited', exitCode: code };
  return { kind: 'signalled', signal: SIGNALS[code - 128] ?? `signal ${code - 128}` };
}

const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  31: 'SIGSYS',
};

async function text(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
