import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from './git.ts';
import type { Mirror } from './mirror.ts';

/** Every push and fetch brings a pack, and git looks into all of them. */
const MAX_PACKS = 60;
const TIDY_MS = 30 * 60_000;

/**
 * Makes one pack of many small ones. Nothing is lost by it, objects that no branch has included: a session may stand on them.
 * Whoever reads meanwhile, in a sandbox too, finds an object that moved by looking again, as git does.
 */
export async function tidyMirror(mirror: Mirror, signal: AbortSignal): Promise<void> {
  const names = await readdir(join(mirror.objectsDirectory, 'pack')).catch(() => []);
  if (names.filter((name) => name.endsWith('.pack')).length <= MAX_PACKS) return;
  const args = ['repack', '-q', '-n', '-d', '--geometric=2', '--no-write-bitmap-index'];
  await git(args, { gitDirectory: mirror.gitDirectory, signal, timeoutMs: TIDY_MS });
}
