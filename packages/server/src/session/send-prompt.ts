import { type Clock, type Delivery, Fault, type Index, type PromptId, type Sender, type Session } from '@cspace/domain';
import type { Event, PromptInput, PromptReceipt } from '@cspace/protocol';
import { failpoint } from '../failpoint.ts';
import type { Journal } from '../journal.ts';
import { changeSession } from './change-session.ts';

/** How long an answer waits to say that the prompt was started or steered rather than queued. */
const RECEIPT_MS = 1_500;

export type SendDependencies = {
  readonly index: Index;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly poke: (id: Session['id']) => void;
  /** See `Loop`. */
  readonly trouble: (id: Session['id']) => unknown;
};

/**
 * Puts a user turn into a session's queue and wakes the session. The prompt is durable when this resolves; the receipt says
 * what became of it by then. Sending the same id again is answered the same and changes nothing.
 */
export async function sendPrompt(
  dependencies: SendDependencies,
  session: Session,
  input: PromptInput,
  from: Sender,
  signal: AbortSignal,
): Promise<PromptReceipt> {
  const seq = enqueue(dependencies, session, input, from);
  dependencies.poke(session.id);
  return receipt(dependencies, session.id, input.id, seq, signal);
}

/**
 * Makes the prompt durable and its session wanted. Gives the number of the event that says so. Nobody would answer in a
 * session that is going: that is a `conflict`.
 */
export function enqueue(
  dependencies: Omit<SendDependencies, 'poke' | 'trouble'>,
  session: Session,
  input: PromptInput,
  from: Sender,
): number {
  const { index, journal, clock } = dependencies;
  const store = journal.store(session.id);
  if (store.prompt(input.id) !== undefined) return queuedSeq(store.lastSeq(), store, input.id);
  if (index.sessions.get(session.id)?.wanted.kind === 'removed') throw isGoing(session, 'send to');
  const delivery: Delivery = input.delivery ?? 'steer';
  const event: Event = { type: 'prompt.queued', promptId: input.id, from, delivery, text: input.text };
  const [stored] = journal.record(session.id, {
    events: [event],
    prompts: [
      {
        id: input.id,
        text: input.text,
        from,
        delivery,
        queuedAtMs: clock(),
        continuations: 0,
        state: { kind: 'queued' },
      },
    ],
  });
  failpoint('send.after-queued');
  changeSession(index, session.id, (now) => wanted(now, clock()));
  return stored?.seq ?? store.lastSeq();
}

/** What to say of a session that is being removed. */
export function isGoing(session: Session, verb: string): Fault {
  return new Fault('conflict', `Cannot ${verb} ${session.name}: it is being removed`, {
    hint: `When it is gone, cspace up ${session.name} makes a new one`,
  });
}

/** A session that somebody wants to run, whatever it was before; one that is being removed is not brought back. */
export function wanted(now: Session, nowMs: number): Session {
  if (now.wanted.kind === 'removed') return now;
  const { failures: _, ...rest } = now;
  if (now.wanted.kind === 'running' && now.state.kind !== 'failed') return now;
  const state: Session['state'] = now.state.kind === 'failed' ? { kind: 'creating', sinceMs: nowMs } : now.state;
  return { ...rest, wanted: { kind: 'running' }, state };
}

async function receipt(
  dependencies: SendDependencies,
  id: Session['id'],
  promptId: PromptId,
  seq: number,
  signal: AbortSignal,
): Promise<PromptReceipt> {
  const { journal } = dependencies;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(RECEIPT_MS)]);
  const answer = (how: PromptReceipt['how'], ahead: number): PromptReceipt => ({ promptId, how, ahead, seq });
  for (;;) {
    const store = journal.store(id);
    const open = store.openPrompts();
    const prompt = store.prompt(promptId);
    if (prompt?.state.kind === 'merged') return answer('steered', 0);
    if (prompt === undefined || prompt.state.kind === 'running' || prompt.state.kind === 'done')
      return answer('started', 0);
    const before = open.slice(
      0,
      open.findIndex((each) => each.id === promptId),
    );
    const ahead = before.filter((each) => each.state.kind !== 'merged').length;
    const decided = prompt.delivery === 'queue' && ahead > 0;
    if (decided || deadline.aborted) return answer('queued', ahead);
    await journal.next(id, deadline);
  }
}

function queuedSeq(lastSeq: number, store: ReturnType<Journal['store']>, promptId: PromptId): number {
  for (let after = 0; after < lastSeq; ) {
    const page = store.events(after, 500);
    for (const each of page) {
      const event = each.event as Event;
      if (event.type === 'prompt.queued' && event.promptId === promptId) return each.seq;
    }
    after = page.at(-1)?.seq ?? lastSeq;
  }
  return lastSeq;
}
