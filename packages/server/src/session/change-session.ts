import type { Index, Session, SessionId } from '@cspace/domain';

/**
 * Reads, changes and writes a session without anything in between. Whoever has waited since it read a session must not
 * write that copy back: it would undo what happened meanwhile.
 */
export function changeSession(index: Index, id: SessionId, change: (now: Session) => Session): Session | undefined {
  const now = index.sessions.get(id);
  if (now === undefined) return undefined;
  const next = change(now);
  if (next !== now) index.sessions.put(next);
  return next;
}
