import type { Index, Session, SessionStore } from '@cspace/domain';
import type { Event, SessionView } from '@cspace/protocol';
import { openQuestions } from './open-questions.ts';

/** A session as every list and answer shows it: what is written of it, and a fold over the last of its events. */
export function sessionView(index: Index, store: SessionStore, session: Session): SessionView {
  const open = store.openPrompts();
  const git = last(store, 'git.status');
  const lastSeq = store.lastSeq();
  const questions = session.state.kind === 'working' ? openQuestions(store) : [];
  const lastEvent = lastSeq === 0 ? undefined : store.events(lastSeq - 1, 1)[0];
  return {
    ...session,
    project: index.projects.get(session.projectId)?.name ?? session.projectId,
    spentUsd: store.spent().costUsd,
    turns: store.turns(),
    queueDepth: open.filter((prompt) => prompt.state.kind === 'queued' || prompt.state.kind === 'sent').length,
    doing: questions[0] === undefined ? doing(session, store) : `asks to ${questions[0].title}`,
    questions: [...questions],
    dirtyFiles: git?.dirtyFiles ?? 0,
    unpushedCommits: git?.unpushedCommits ?? 0,
    lastActivityMs: lastEvent?.atMs ?? session.createdAtMs,
    lastSeq,
  };
}

function limitHit(store: SessionStore): string {
  const hit = store.lastOf('limit.hit')?.event as Extract<Event, { type: 'limit.hit' }> | undefined;
  return hit === undefined ? 'stopped (limit)' : `hit its ${hit.limit} limit`;
}

function doing(session: Session, store: SessionStore): string {
  switch (session.state.kind) {
    case 'working': {
      const started = store.lastOf('tool.started');
      const ended = store.lastOf('tool.ended');
      const tool = started?.event as Extract<Event, { type: 'tool.started' }> | undefined;
      return tool !== undefined && (started?.seq ?? 0) > (ended?.seq ?? 0) ? tool.title : 'thinking';
    }
    case 'creating':
      return 'starting';
    case 'ready':
      return 'waiting for a prompt';
    case 'stopped':
      if (session.state.reason === 'limit') return limitHit(store);
      return session.state.reason === 'idle' ? 'asleep' : `stopped (${session.state.reason})`;
    case 'failed':
      return session.state.why;
    case 'removing':
      return 'being removed';
    case 'removed':
      return 'removed';
  }
}

/** The last event of a type, typed. */
export function last<T extends Event['type']>(store: SessionStore, type: T): Extract<Event, { type: T }> | undefined {
  return store.lastOf(type)?.event as Extract<Event, { type: T }> | undefined;
}
