import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SHADOW_REF } from '@cspace/protocol';
import { runGit } from './run-git.ts';

const SAVE_MS = 60_000;
const TIDY_MS = 10 * 60_000;
/** Past so many packs they are made one, without what no saved work needs any more. Nobody borrows objects from here. */
const MAX_PACKS = 20;

/** Points a session's saved work at `commit`, whose objects are in its shadow repository. */
export async function saveShadow(shadow: string, commit: string): Promise<void> {
  const options = { repository: shadow, signal: AbortSignal.timeout(SAVE_MS) };
  const { exitCode, stderr } = await runGit(['update-ref', SHADOW_REF, commit], options);
  if (exitCode !== 0) throw new Error(`git update-ref in ${shadow}: ${stderr}`);
  const packs = (await readdir(join(shadow, 'objects', 'pack'))).filter((name) => name.endsWith('.pack'));
  if (packs.length <= MAX_PACKS) return;
  await runGit(['repack', '-a', '-d', '-l', '-q'], { repository: shadow, signal: AbortSignal.timeout(TIDY_MS) });
}
