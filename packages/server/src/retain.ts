import type { Clock, Index, SessionStores } from '@cspace/domain';

/** How long the log of a removed session is kept: 30 days. */
export const RETENTION_MS = 30 * 24 * 60 * 60 * 1_000;

/** Removes the logs and saved work of sessions that were removed longer ago than retention says. */
export async function retain(given: {
  readonly index: Index;
  readonly stores: SessionStores;
  readonly clock: Clock;
  readonly forgetWork: (id: string) => Promise<void>;
}): Promise<void> {
  const { index, stores, clock, forgetWork } = given;
  for (const id of stores.list()) {
    const state = index.sessions.get(id)?.state;
    if (state?.kind !== 'removed' || clock() - state.sinceMs < RETENTION_MS) continue;
    stores.remove(id);
    await forgetWork(id);
  }
}
