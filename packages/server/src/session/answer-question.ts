import { Fault, type PermissionId, type Session, type StoredEvent } from '@cspace/domain';
import type { Journal } from '../journal.ts';
import type { Supervisors } from '../supervisors.ts';
import { openQuestions } from './open-questions.ts';

/** How long the supervisor has to say that the agent has been told. */
const TELL_MS = 5_000;

/** Tells an agent what it asked. Resolves once it is in the log: an answer that is lost is no answer. */
export async function answerQuestion(
  { journal, supervisors }: { readonly journal: Journal; readonly supervisors: Supervisors },
  session: Session,
  permissionId: PermissionId,
  option: string | null,
  signal: AbortSignal,
): Promise<void> {
  const store = journal.store(session.id);
  const open = openQuestions(store);
  const question = open.find((each) => each.permissionId === permissionId);
  if (question === undefined) {
    throw new Fault('conflict', `Cannot answer ${permissionId}: ${session.name} does not wait for it`, {
      hint:
        open.length === 0
          ? 'It waits for no answer'
          : `It waits for ${open.map((each) => each.permissionId).join(', ')}`,
    });
  }
  if (option !== null && !question.options.some(({ id }) => id === option)) {
    throw new Fault('invalid', `Cannot answer ${option}: it is not one of the answers`, {
      hint: `The answers are ${question.options.map(({ id }) => id).join(', ')}`,
    });
  }
  const attached = supervisors.get(session.id);
  if (attached === undefined) {
    throw new Fault('unavailable', `Cannot answer: ${session.name} is not connected now`, { hint: 'Try it again' });
  }
  const after = store.lastSeq();
  attached.connection.send({ type: 'permission', permissionId, option });
  const until = AbortSignal.any([signal, attached.gone, AbortSignal.timeout(TELL_MS)]);
  const isAnswer = ({ event }: StoredEvent) =>
    'permissionId' in event && event.type === 'permission.answered' && event.permissionId === permissionId;
  for await (const page of journal.follow(session.id, after, true, until)) {
    if (page.some(isAnswer)) return;
  }
  signal.throwIfAborted();
  throw new Fault('unavailable', `Cannot answer: ${session.name} did not take it`, {
    hint: `cspace list shows whether it still waits`,
  });
}
