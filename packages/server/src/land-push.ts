import type { Clock, Ids, Index, Push, Session } from '@cspace/domain';
import type { LandOutcome, PushRequest } from '@cspace/gateway';
import { failpoint } from './failpoint.ts';
import type { Journal } from './journal.ts';

export type LandDependencies = {
  readonly index: Index;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Forwards one push to the outside and resolves when the outside has answered. */
  readonly forward: (session: Session, push: PushRequest) => Promise<LandOutcome>;
  /** Whether the outside already has it. */
  readonly lookUp: (session: Session, push: PushRequest) => Promise<LandOutcome | 'not-landed'>;
};

/** Lands a push: the intent is durable before the outside is touched, and what the outside answered is durable after. */
export async function landPush(given: LandDependencies, session: Session, request: PushRequest): Promise<LandOutcome> {
  const { journal, clock, ids } = given;
  const push: Push = { id: ids.push(), ...request, atMs: clock(), state: { kind: 'intended' } };
  journal.record(session.id, { pushes: [push] });
  failpoint('push.after-intent');
  const outcome = await given.forward(session, request).catch(
    (error: unknown): LandOutcome => ({
      kind: 'failed',
      why: error instanceof Error ? error.message : String(error),
    }),
  );
  failpoint('push.after-forward');
  settle(given, session, push, outcome);
  failpoint('push.after-settled');
  return outcome;
}

/**
 * Settles what a crash left between intent and answer: each is looked up in the world, and told as it is found. A push that
 * did not land is not tried again: its client has gone, and pushes again itself.
 */
export async function recoverPushes(given: LandDependencies, session: Session): Promise<void> {
  for (const push of given.journal.store(session.id).openPushes()) {
    const seen = await given.lookUp(session, push);
    const outcome: LandOutcome =
      seen === 'not-landed' ? { kind: 'failed', why: 'the server ended while it was on its way; push again' } : seen;
    settle(given, session, push, outcome);
  }
}

function settle(given: LandDependencies, session: Session, push: Push, outcome: LandOutcome): void {
  const { branch, oldCommit, newCommit } = push;
  given.journal.record(session.id, {
    pushes: [{ ...push, state: outcome }],
    events: [{ type: 'git.push', pushId: push.id, ref: `refs/heads/${branch}`, oldCommit, newCommit, result: outcome }],
  });
}
