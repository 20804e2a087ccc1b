import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the server's program may be: beside the bundle that this is part of, or in its package when run from source. */
const PLACES = ['./server.mjs', '../server.mjs', '../../server.mjs', '../../../server/src/main.ts'];

/**
 * The most that V8 keeps for objects that do not live long, in MiB. Every git and every sandbox is a fork of the server, which
 * takes as long as the server's memory is large: with V8's own choice a fork of a busy server took twice as long.
 */
const FLAGS = ['--max-semi-space-size=2'];

/** What Node is given to run the server; undefined in an installation without one. */
export function serverArguments(env: Readonly<Record<string, string | undefined>>): readonly string[] | undefined {
  const asked = env.CSPACE_SERVER_ENTRY;
  const places = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const entry = asked !== undefined && asked !== '' ? asked : places.find((path) => existsSync(path));
  return entry === undefined ? undefined : [...FLAGS, entry];
}
