import type { Index, Runtime, SandboxId, SessionId, SessionStores } from '@cspace/domain';
import type { Logger } from 'pino';
import type { Doors } from './doors.ts';

/** A log that never got further: the session and its first prompt are written down. */
const BARELY_BEGUN = 2;

/**
 * Takes away what a crash left of no session: logs whose session was never entered in the index, sandboxes and doors. Where the
 * index lacks sessions that have worked it was lost or is an old one: then the files of sandboxes stay, as work may be in them,
 * and only their processes end. Sessions may be made meanwhile, and what cannot be taken away keeps nothing else.
 */
export async function sweepOrphans(given: {
  readonly index: Index;
  readonly stores: SessionStores;
  /** Those that may have made something here. */
  readonly runtimes: readonly Pick<Runtime, 'list' | 'stop' | 'destroy'>[];
  readonly doors: Pick<Doors, 'list' | 'remove'>;
  readonly log: Pick<Logger, 'warn'>;
}): Promise<void> {
  const { index, runtimes, doors, log } = given;
  const never = new AbortController().signal;
  // Asked anew of each: a session is written down before anything of it is made.
  const isKnown = (id: SandboxId) =>
    index.sessions.all().some(({ state, sandboxId }) => sandboxId === id && state.kind !== 'removed');
  const attempt = (act: () => Promise<void>) =>
    act().catch((error: unknown) => log.warn({ error }, 'something of no session stays'));
  const isWhole = sweepLogs(given);
  for (const runtime of runtimes) {
    await attempt(async () => {
      for (const { id } of await runtime.list(never)) {
        if (isKnown(id)) continue;
        log.warn({ sandboxId: id, kept: !isWhole }, 'a sandbox of no session');
        await attempt(() => (isWhole ? runtime.destroy(id, never) : runtime.stop(id, 0, never)));
      }
    });
  }
  for (const id of await doors.list()) if (!isKnown(id)) await attempt(() => doors.remove(id));
}

/** Gives whether the index has every session that has got anywhere. */
function sweepLogs({
  index,
  stores,
  log,
}: Pick<Parameters<typeof sweepOrphans>[0], 'index' | 'stores' | 'log'>): boolean {
  let isWhole = true;
  for (const id of stores.list()) {
    if (index.sessions.get(id) !== undefined) continue;
    const hasBegun = isBegun(stores, id);
    if (hasBegun) isWhole = false;
    else stores.remove(id);
    log.warn({ sessionId: id, kept: hasBegun }, 'a log of no session');
  }
  return isWhole;
}

/** A log that cannot be read may be of one that has worked. */
function isBegun(stores: SessionStores, id: SessionId): boolean {
  try {
    const store = stores.open(id);
    const hasBegun = store.lastSeq() > BARELY_BEGUN;
    store.close();
    return hasBegun;
  } catch {
    return true;
  }
}
