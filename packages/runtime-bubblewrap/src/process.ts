import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** One process and no other: its number and when it began, in clock ticks since boot, as numbers are used again. */
export type ProcessRef = { readonly pid: number; readonly ticks: number };

/** Whether that very process lives; one that only waits to be reaped does not. */
export async function alive({ pid, ticks }: ProcessRef): Promise<boolean> {
  const stat = await readOrEmpty(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] !== 'Z' && fields[0] !== 'X' && fields[19] === String(ticks);
}

/** The command of a sandbox: the child of its first process that is the second one inside. */
export async function commandOf(init: ProcessRef): Promise<number | undefined> {
  const children = await readOrEmpty(`/proc/${init.pid}/task/${init.pid}/children`);
  for (const pid of children.split(' ').filter((text) => text !== '')) {
    if (/^NSpid:.*\t2$/m.test(await readOrEmpty(`/proc/${pid}/status`))) return Number(pid);
  }
  return undefined;
}

/** Sends a signal; a process or group that is gone is no failure. */
export function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone, or gone and its number taken by a process of another's.
  }
}

/** Waits until it is dead; false when the time was not enough. Processes that are not our children can only be asked again. */
export async function waitForDeath(ref: ProcessRef, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  let delayMs = 1;
  for (let waitedMs = 0; ; waitedMs += delayMs) {
    if (!(await alive(ref))) return true;
    if (waitedMs >= timeoutMs) return false;
    delayMs = Math.min(delayMs * 1.5, 20, Math.max(timeoutMs - waitedMs, 1));
    await sleep(delayMs, undefined, { signal });
  }
}

async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
