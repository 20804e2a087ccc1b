import { readdirSync, readFileSync } from 'node:fs';

/** The processes that a process has started and that are there. */
export function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}

/** NaN for a process that is not there. */
export function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return Number.NaN;
  }
}

/** The bytes of a process and all below it; what is shared counts in proportion to those that share it. */
export function proportionalBytes(pid: number): number {
  const own = /^Pss:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  return Number(own) * 1024 + childrenOf(pid).reduce((sum, child) => sum + proportionalBytes(child), 0);
}
