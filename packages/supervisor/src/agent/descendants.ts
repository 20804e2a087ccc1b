import { readdirSync, readFileSync } from 'node:fs';

/** The processes that a process has started, directly or not, and that have not left its family. */
export function descendants(pid: number, proc = '/proc'): ReadonlySet<number> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync(proc)) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(`${proc}/${name}/stat`);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = new Set<number>();
  const visit = (each: number): void => {
    for (const child of children.get(each) ?? []) {
      if (found.has(child)) continue;
      found.add(child);
      visit(child);
    }
  };
  visit(pid);
  return found;
}

/** Field 4 of `/proc/PID/stat`; the name before it may hold anything, so it is counted from its closing parenthesis. */
function parentOf(path: string): number | undefined {
  try {
    const stat = readFileSync(path, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}
