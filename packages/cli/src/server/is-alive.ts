import { readFileSync } from 'node:fs';

/** Whether a process runs. One that has ended and was not waited for yet does not, as where a container's first process waits for none. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return !isZombie(pid);
}

function isZombie(pid: number): boolean {
  try {
    // The name in parentheses may hold anything.
    return /\) [ZX] [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // No /proc, or gone just now: kill() is believed.
    return false;
  }
}
