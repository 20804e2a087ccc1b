import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the server's program may be: beside the bundle that this is part of, or in its package when run from source. */
const PLACES = ['./server.mjs', '../server.mjs', '../../server.mjs', '../../../server/src/main.ts'];

/** The server's program; undefined in an installation without one. */
export function serverEntry(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const asked = env.CSPACE_SERVER_ENTRY;
  if (asked !== undefined && asked !== '') return asked;
  return PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
}
