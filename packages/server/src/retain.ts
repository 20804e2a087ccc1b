import type { Clock, Index, SessionId, SessionStores } from '@cspace/domain';

/** How long the log of a removed session is kept: 30 days. */
export const RETENTION_MS = 30 * 24 * 60 * 60 * 1_000;

/**
 * Removes the logs, the artifacts and the saved work of sessions that were removed longer ago than retention says. One that
 * cannot be removed keeps none of the others; what went wrong is thrown last.
 */
export async function retain(given: {
  readonly index: Index;
  readonly stores: SessionStores;
  readonly clock: Clock;
  readonly forgetWork: (id: SessionId) => Promise<void>;
}): Promise<void> {
  const { index, stores, clock, forgetWork } = given;
  const errors: unknown[] = [];
  for (const id of stores.list()) {
    const state = index.sessions.get(id)?.state;
    if (state?.kind !== 'removed' || clock() - state.sinceMs < RETENTION_MS) continue;
    try {
      // The log goes last: by it the rest is found again after a crash.
      await forgetWork(id);
      stores.remove(id);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'Cannot forget removed sessions');
}
