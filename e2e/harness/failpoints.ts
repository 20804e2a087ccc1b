import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SERVER = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'packages', 'server', 'src');

/** Every failpoint there is in the server, by name, as its sources have them. */
export function failpoints(directory = SERVER): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) => [...readFileSync(join(directory, name), 'utf8').matchAll(/failpoint\('([^']+)'\)/g)])
    .map(([, name = '']) => name)
    .toSorted();
}
