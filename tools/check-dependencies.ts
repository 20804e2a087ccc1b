import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifests, rootDependencies } from './manifests.ts';
import type { Problem } from './problem.ts';
import { ROOT } from './source-files.ts';

const DEPENDENCIES_FILE = 'docs/dependencies.md';

/** Every dependency has a line of reason, and no line is about one that is gone. */
export function checkDependencies(
  page: string = readFileSync(join(ROOT, DEPENDENCIES_FILE), 'utf8'),
  used: readonly string[] = allDependencies(),
): Problem[] {
  const explained = new Set(
    page.split('\n').flatMap((line) => {
      const [, names = '', reason = ''] = line.split('|').map((cell) => cell.trim());
      return reason === '' ? [] : [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    }),
  );
  const problem = (what: string): Problem => ({ file: DEPENDENCIES_FILE, what });
  return [
    ...used.filter((name) => !explained.has(name)).map((name) => problem(`nothing says why there is ${name}`)),
    ...[...explained].filter((name) => !used.includes(name)).map((name) => problem(`${name} is no dependency`)),
  ];
}

function allDependencies(): readonly string[] {
  const all = manifests().flatMap(({ dependencies, devDependencies }) => [...dependencies, ...devDependencies]);
  return [...new Set([...all, ...rootDependencies()])].filter((name) => !name.startsWith('@cspace/')).toSorted();
}
