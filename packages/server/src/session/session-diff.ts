import { Fault, type Index, type Session } from '@cspace/domain';
import type { Diff } from '@cspace/protocol';
import type { Journal } from '../journal.ts';
import type { Supervisors } from '../supervisors.ts';
import { last } from './session-view.ts';

/** How long saving the work for a fresh diff may take. */
const SAVE_MS = 30_000;

/**
 * What a session has changed against its base. A running session's work is saved first, so that the diff has what is not
 * committed; a stopped one's was saved when it stopped. Made in the server's own repositories, never in the sandbox.
 */
export async function sessionDiff(
  dependencies: {
    readonly index: Index;
    readonly journal: Journal;
    readonly supervisors: Supervisors;
    readonly diffOf: (
      session: Session,
      headCommit: string,
      signal: AbortSignal,
    ) => Promise<Omit<Diff, 'includesUncommitted'>>;
  },
  session: Session,
  signal: AbortSignal,
): Promise<Diff> {
  const { journal, supervisors, diffOf } = dependencies;
  const attached = supervisors.get(session.id);
  const saved = await attached?.save(AbortSignal.any([signal, AbortSignal.timeout(SAVE_MS)])).catch(() => undefined);
  if (saved?.error !== undefined) throw new Fault('failed', `Cannot save the work of ${session.name}: ${saved.error}`);
  const store = journal.store(session.id);
  const git = last(store, 'git.status');
  const shadow = last(store, 'work.saved')?.commit ?? saved?.commit ?? undefined;
  const uncommitted = shadow !== undefined && (git === undefined || git.dirtyFiles > 0 || git.unpushedCommits > 0);
  const headCommit = uncommitted ? shadow : (lastPushed(journal, session) ?? shadow ?? session.base.commit);
  return { ...(await diffOf(session, headCommit, signal)), includesUncommitted: uncommitted };
}

function lastPushed(journal: Journal, session: Session): string | undefined {
  const pushed = last(journal.store(session.id), 'git.push');
  return pushed?.result.kind === 'landed' ? pushed.newCommit : undefined;
}
