import type { Session } from '@cspace/domain';
import type { Supervisors } from '../supervisors.ts';
import { changeSession } from './change-session.ts';
import type { SendDependencies } from './send-prompt.ts';

/**
 * Cancels the turn that runs; unless only the turn is meant, the supervisor then saves its state and exits. Everything is
 * kept; the next prompt resumes the conversation. Gives whether a turn was running.
 */
export function interruptSession(
  dependencies: SendDependencies & { readonly supervisors: Supervisors },
  session: Session,
  turnOnly: boolean,
  by: string,
): boolean {
  const { index, journal, supervisors, poke } = dependencies;
  const running = journal
    .store(session.id)
    .openPrompts()
    .find((prompt) => prompt.state.kind === 'running');
  if (running !== undefined) {
    supervisors.get(session.id)?.connection.send({ type: 'cancel', promptId: running.id, by });
  }
  if (!turnOnly) {
    changeSession(index, session.id, (now) => ({ ...now, wanted: { kind: 'stopped', reason: 'interrupted' } }));
    poke(session.id);
  }
  return running !== undefined;
}
