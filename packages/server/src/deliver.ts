import { type Index, nextDelivery, type SessionId } from '@cspace/domain';
import type { Event } from '@cspace/protocol';
import { failpoint } from './failpoint.ts';
import type { Journal } from './journal.ts';
import type { Supervisors } from './supervisors.ts';

/** Gives the prompts that are due to a session's supervisor. Each is marked as sent, durably, before it is. */
export function deliver(
  dependencies: { readonly index: Index; readonly journal: Journal; readonly supervisors: Supervisors },
  id: SessionId,
): void {
  const { index, journal, supervisors } = dependencies;
  const attached = supervisors.get(id);
  const session = index.sessions.get(id);
  if (attached?.settled !== true || session?.wanted.kind !== 'running' || !session.withAgent) return;
  const store = journal.store(id);
  const started = store.lastOf('agent.started')?.event as Event | undefined;
  const canSteer = started?.type === 'agent.started' && started.canSteer;
  for (const give of nextDelivery(store.openPrompts(), { canSteer })) {
    const prompt = store.prompt(give.promptId);
    if (prompt === undefined) continue;
    journal.record(id, { prompts: [{ ...prompt, state: { kind: 'sent', supervisor: attached.supervisor } }] });
    failpoint('send.after-marked');
    attached.connection.send({
      type: 'prompt',
      promptId: prompt.id,
      text: prompt.text,
      from: prompt.from,
      delivery: give.delivery,
    });
  }
}
