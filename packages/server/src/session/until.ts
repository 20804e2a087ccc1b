import { type Clock, Fault, type Index, isFault, type Session, type SessionId } from '@cspace/domain';

/** How often a session is looked at while somebody waits for it to change. */
const LOOK_MS = 20;
/** A daemon that is started again has this long before whoever waits is told that it is away. */
const AWAY_MS = 10_000;

/**
 * Resolves with the session once `reached`; an `unavailable` Fault after `ms`, or sooner when what it needs is away, which
 * `trouble` tells; the signal's reason when aborted.
 */
export async function until(
  dependencies: {
    readonly index: Index;
    readonly clock: Clock;
    /** What the last step of the session met, while it has not got on. */
    readonly trouble: (id: SessionId) => unknown;
  },
  id: SessionId,
  what: string,
  ms: number,
  reached: (session: Session) => boolean,
  signal: AbortSignal,
): Promise<Session> {
  const startMs = dependencies.clock();
  const deadlineMs = startMs + ms;
  for (;;) {
    signal.throwIfAborted();
    const session = dependencies.index.sessions.get(id);
    if (session !== undefined && reached(session)) return session;
    const trouble = dependencies.trouble(id);
    if (isFault(trouble, 'unavailable') && dependencies.clock() - startMs > AWAY_MS) {
      throw new Fault('unavailable', trouble.message.replace(/^Cannot [^:]*: /, `Cannot ${what}: `), {
        cause: trouble,
        hint: `${trouble.hint === undefined ? '' : `${trouble.hint}. `}It goes on by itself then; cspace list shows when it is done`,
      });
    }
    if (dependencies.clock() > deadlineMs) {
      throw new Fault('unavailable', `Cannot ${what}: it takes longer than ${Math.round(ms / 1000)} s`, {
        hint: 'It goes on; cspace list shows when it is done',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
