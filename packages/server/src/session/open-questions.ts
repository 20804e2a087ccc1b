import type { SessionStore } from '@cspace/domain';
import { foldQuestions, type LoggedEvent, type Question } from '@cspace/protocol';

/** An agent that waits says little: further back than this, only what is long answered is found. */
const MAX_EVENTS = 5_000;

/** What the agent of a session waits to be told. Reads the log only when something was asked in the turn that runs. */
export function openQuestions(store: SessionStore): readonly Question[] {
  const asked = store.lastOf('permission.asked')?.seq ?? 0;
  const ends = ['turn.ended', 'supervisor.started', 'supervisor.gone'].map((type) => store.lastOf(type)?.seq ?? 0);
  const ended = Math.max(...ends);
  if (asked <= ended) return [];
  const events = store.events(Math.max(ended, store.lastSeq() - MAX_EVENTS), MAX_EVENTS);
  return events.reduce<readonly Question[]>((open, event) => foldQuestions(open, event as LoggedEvent), []);
}
