import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { oneAtATime } from '@cspace/domain';
import { SHADOW_REF } from '@cspace/protocol';
import { isConnected } from './inspect-push.ts';
import type { Quarantine } from './quarantine.ts';
import { runGit } from './run-git.ts';

const SAVE_MS = 60_000;
const TIDY_MS = 10 * 60_000;
/** Past so many packs they are made one, without what no saved work needs any more. Nobody borrows objects from here. */
const MAX_PACKS = 20;

/** What is moved in is nobody's until the ref names it, and tidying would take it away. */
const alone = oneAtATime<string>();

/**
 * Moves saved work out of its quarantine, and points a session's shadow repository at it. False when it lacks objects. It is
 * tidied first, while the work that was saved last, which this pack may build on, is still the ref's.
 */
export function saveShadow(given: {
  readonly shadow: string;
  readonly commit: string;
  readonly quarantine: Quarantine;
  readonly signal: AbortSignal;
}): Promise<boolean> {
  const { shadow, commit, quarantine, signal } = given;
  return alone(shadow, async () => {
    await tidy(shadow);
    if (!(await isConnected([commit], { repository: shadow, signal, env: quarantine.env }))) return false;
    await quarantine.migrate();
    const options = { repository: shadow, signal: AbortSignal.timeout(SAVE_MS) };
    const { exitCode, stderr } = await runGit(['update-ref', SHADOW_REF, commit], options);
    if (exitCode !== 0) throw new Error(`git update-ref in ${shadow}: ${stderr}`);
    return true;
  });
}

async function tidy(shadow: string): Promise<void> {
  const names = await readdir(join(shadow, 'objects', 'pack')).catch(() => []);
  if (names.filter((name) => name.endsWith('.pack')).length <= MAX_PACKS) return;
  await runGit(['repack', '-a', '-d', '-l', '-q'], { repository: shadow, signal: AbortSignal.timeout(TIDY_MS) });
}
