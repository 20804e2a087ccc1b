import { Fault, type ProjectId, type Sender, type Session, type SessionId } from '@cspace/domain';

/** Who calls the API: known from the socket or token used, or from which door, never from what the caller says. */
export type ApiCaller =
  | { readonly kind: 'user'; readonly name: string }
  | { readonly kind: 'session'; readonly sessionId: SessionId; readonly projectId: ProjectId; readonly name: string };

/** The sender of a prompt that this caller sends. */
export function senderOf(caller: ApiCaller): Sender {
  return { kind: caller.kind, name: caller.name };
}

/** Only a user may do this; a session gets a `denied` Fault. */
export function requireUser(caller: ApiCaller, what: string): void {
  if (caller.kind === 'user') return;
  throw new Fault('denied', `Cannot ${what}: a session may not`, { hint: 'Ask the person who runs cspace' });
}

/** A session may only look at its own project. */
export function requireProject(caller: ApiCaller, projectId: ProjectId): void {
  if (caller.kind === 'user' || caller.projectId === projectId) return;
  throw new Fault('denied', 'Cannot see that project: a session sees its own only');
}

/**
 * What a session may do to another: send to the coordinator and to itself. A worker interrupts or removes nobody; the
 * coordinator steers the workers of its project.
 */
export function requirePower(
  caller: ApiCaller,
  callerSession: Session | undefined,
  target: Session,
  verb: string,
): void {
  if (caller.kind === 'user') return;
  requireProject(caller, target.projectId);
  if (callerSession?.role === 'coordinator' && verb !== 'remove') return;
  if (verb === 'send to' && target.role === 'coordinator') return;
  throw new Fault('denied', `Cannot ${verb} ${target.name}: ${caller.name} was not granted it`);
}
