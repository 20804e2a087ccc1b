import { Fault, type Index, type Session, type SessionId } from '@cspace/domain';

/** The session of that id, or a `not-found` Fault. One that was removed is found only when asked for. */
export function findSession(index: Index, id: SessionId, options: { readonly removed?: boolean } = {}): Session {
  const session = index.sessions.get(id);
  if (session === undefined || (session.state.kind === 'removed' && options.removed !== true)) {
    throw new Fault('not-found', `Cannot find session ${id}: there is none of that id`, {
      hint: 'cspace list --all shows every session',
    });
  }
  return session;
}
