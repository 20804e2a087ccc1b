import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A change to sources, before they are split, that puts all that `hot` imports into one chunk: every module that is loaded with
 * `import()` imports `hot` too. Otherwise each set of commands that share a module gets a chunk of its own, and every command
 * loads twenty of them, a millisecond each.
 */
export function oneHotChunk(directory: string, hot: string): (path: string, source: string) => string {
  const later = loadedLater(directory);
  return (path, source) => (later.has(path) && path !== hot ? `${source}\nimport ${JSON.stringify(hot)};` : source);
}

/** The files of a directory that its sources load with `import()`. */
function loadedLater(directory: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const file of globSync('**/*.ts', { cwd: directory, exclude: ['**/*.test.ts'] })) {
    const path = join(directory, file);
    for (const [, target = ''] of readFileSync(path, 'utf8').matchAll(/\bimport\('(\.[^']+)'\)/g)) {
      found.add(join(dirname(path), target));
    }
  }
  return found;
}
