import { type Clock, Fault, type Index, type Session, type SessionId } from '@cspace/domain';

/** How often a session is looked at while somebody waits for it to change. */
const LOOK_MS = 20;

/** Resolves with the session once `reached`; an `unavailable` Fault after `ms`, the signal's reason when aborted. */
export async function until(
  dependencies: { readonly index: Index; readonly clock: Clock },
  id: SessionId,
  what: string,
  ms: number,
  reached: (session: Session) => boolean,
  signal: AbortSignal,
): Promise<Session> {
  const deadlineMs = dependencies.clock() + ms;
  for (;;) {
    signal.throwIfAborted();
    const session = dependencies.index.sessions.get(id);
    if (session !== undefined && reached(session)) return session;
    if (dependencies.clock() > deadlineMs) {
      throw new Fault('unavailable', `Cannot ${what}: it takes longer than ${Math.round(ms / 1000)} s`, {
        hint: 'It goes on; cspace list shows when it is done',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
