import type { Ids, Prompt, Session } from '@cspace/domain';
import type { Event } from '@cspace/protocol';
import type { Loop } from '../loop.ts';
import type { Supervisors } from '../supervisors.ts';
import { canResume } from './can-resume.ts';
import { changeSession } from './change-session.ts';
import type { SendDependencies } from './send-prompt.ts';
import { startSession } from './start-session.ts';
import { until } from './until.ts';

const STOP_MS = 60_000;
/** What an event may say of a reason. */
const MAX_WHY = 4_000;

/**
 * Ends a session's supervisor and starts a new one with the same role, agent, model, queue and conversation. A turn that
 * was running goes on as a marked turn that carries the reason; that of an agent without a conversation (a script) is
 * cancelled, and not run again. Gives whether the old one had to be ended by force.
 */
export async function restartSession(
  dependencies: SendDependencies & { readonly supervisors: Supervisors; readonly ids: Ids; readonly loop: Loop },
  session: Session,
  reason: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly forced: boolean; readonly session: Session }> {
  const { index, journal, poke } = dependencies;
  const seqBefore = journal.store(session.id).lastSeq();
  if (session.withAgent && canResume(journal.store(session.id))) markRestart(dependencies, session, reason);
  else if (reason !== undefined) {
    const text = `The supervisor is replaced: ${reason}`.slice(0, MAX_WHY);
    journal.record(session.id, { events: [{ type: 'notice', level: 'info', text }] });
  }
  changeSession(index, session.id, (now) => ({ ...now, wanted: { kind: 'stopped', reason: 'asked' } }));
  poke(session.id);
  const stopped = (now: Session) => now.state.kind === 'stopped' || now.wanted.kind === 'removed';
  await until(dependencies, session.id, `restart ${session.name}`, STOP_MS, stopped, signal);
  const farewell = journal.store(session.id).lastOf('supervisor.ended');
  const forced = session.run.kind === 'started' && (farewell === undefined || farewell.seq <= seqBefore);
  return { forced, session: await startSession(dependencies, session, signal) };
}

/** Puts the marked turn first in the queue, and the turn that runs into it, before the supervisor is asked to end. */
function markRestart(
  dependencies: SendDependencies & { readonly ids: Ids },
  session: Session,
  reason: string | undefined,
): void {
  const { journal, clock, ids } = dependencies;
  const open = journal.store(session.id).openPrompts();
  const running = open.find((prompt) => prompt.state.kind === 'running');
  if (running === undefined && reason === undefined) return;
  const why = reason ?? 'a restart was asked for';
  const marked: Prompt = {
    id: ids.prompt(),
    text: restartText(why, running),
    from: { kind: 'cspace', why: 'restart' },
    delivery: 'interrupt',
    queuedAtMs: clock(),
    continuations: 0,
    state: { kind: 'queued' },
  };
  const events: Event[] = [
    { type: 'prompt.queued', promptId: marked.id, from: marked.from, delivery: marked.delivery, text: marked.text },
  ];
  if (running !== undefined)
    events.unshift({ type: 'prompt.continued', promptId: running.id, by: marked.id, why: why.slice(0, MAX_WHY) });
  const merged: Prompt[] = open
    .filter(
      (prompt) => prompt.id === running?.id || (prompt.state.kind === 'merged' && prompt.state.into === running?.id),
    )
    .map((prompt) => ({ ...prompt, state: { kind: 'merged', into: marked.id } }));
  journal.record(session.id, { events, prompts: [marked, ...merged] });
}

function restartText(why: string, running: Prompt | undefined): string {
  const restarted = `[cspace] Your supervisor was restarted: ${why}. The workspace is as it was; browsers, servers and other processes you had started are gone.`;
  if (running === undefined) return restarted;
  return `${restarted} See what is already done, do not do it again, and go on with what you were working on:\n\n${running.text}`;
}
