import type { Clock, Index, LimitName, Prompt, SessionId } from '@cspace/domain';
import type { Event } from '@cspace/protocol';
import type { Journal } from '../journal.ts';
import { ended } from './apply-event.ts';
import { changeSession } from './change-session.ts';

/** Ends the turn of a session that has hit a limit, with that reason, and stops the session; its work is kept. */
export function stopForLimit(
  dependencies: {
    readonly index: Index;
    readonly journal: Journal;
    readonly clock: Clock;
    readonly poke: (id: SessionId) => void;
  },
  id: SessionId,
  limit: Extract<LimitName, 'budget' | 'disk'>,
): void {
  const { index, journal, clock, poke } = dependencies;
  const open = journal.store(id).openPrompts();
  const running = open.filter((prompt) => prompt.state.kind === 'running');
  const outcome = { kind: 'limit', limit } as const;
  journal.record(id, {
    events: running.map((prompt): Event => ({ type: 'turn.ended', promptId: prompt.id, outcome, ms: 0 })),
    prompts: running.flatMap((prompt): Prompt[] => ended(open, prompt, outcome, clock())),
  });
  changeSession(index, id, (now) =>
    now.wanted.kind === 'running' ? { ...now, wanted: { kind: 'stopped', reason: 'limit' } } : now,
  );
  poke(id);
}
