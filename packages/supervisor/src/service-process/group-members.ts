import { readdirSync, readFileSync } from 'node:fs';

/** The processes of a process group that still run; one that has ended and waits to be buried does not. */
export function groupMembers(group: number, proc = '/proc'): readonly number[] {
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name) && isRunningIn(group, `${proc}/${name}/stat`))
    .map(Number);
}

/** Fields 3 and 5 of `/proc/PID/stat`; the name before them may hold anything, so they are counted from its closing parenthesis. */
function isRunningIn(group: number, path: string): boolean {
  try {
    const stat = readFileSync(path, 'utf8');
    const [state = 'X', , found] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(found) === group && state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}
