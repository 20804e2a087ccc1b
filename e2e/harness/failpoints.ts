import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'packages');
const DIRECTORIES = ['server', 'supervisor'].map((name) => join(PACKAGES, name, 'src'));

/** Every failpoint there is in server and supervisor, by name, as their sources have them. */
export function failpoints(): readonly string[] {
  return DIRECTORIES.flatMap(inDirectory).toSorted();
}

function inDirectory(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) => [...readFileSync(join(directory, name), 'utf8').matchAll(/failpoint\('([^']+)'\)/g)])
    .map(([, name = '']) => name);
}
