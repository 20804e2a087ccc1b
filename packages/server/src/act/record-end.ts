import type { Prompt, SandboxEnd, Session, StopReason, TurnOutcome } from '@cspace/domain';
import type { Event } from '@cspace/protocol';
import { ended } from '../session/apply-event.ts';
import { changeSession } from '../session/change-session.ts';
import type { ActDependencies } from './act.ts';

/** Records that a run has ended and why, and decides whether the session is wanted on. */
export async function recordEnd(
  dependencies: Pick<ActDependencies, 'index' | 'journal' | 'clock' | 'supervisors'>,
  session: Session,
  end: SandboxEnd,
): Promise<void> {
  const { index, journal, clock, supervisors } = dependencies;
  const nowMs = clock();
  supervisors.get(session.id)?.connection.close();
  const store = journal.store(session.id);
  const farewell = store.lastOf('supervisor.ended');
  const clean = farewell !== undefined && farewell.seq > (store.lastOf('supervisor.started')?.seq ?? 0);
  const idle = clean && (farewell.event as Event & { reason?: string }).reason === 'idle';
  const asked = session.wanted.kind !== 'running';
  const open = store.openPrompts();
  const hit = end.kind === 'limit' ? limitOutcome(end.limit) : undefined;

  const events: Event[] = [];
  let prompts: readonly Prompt[] = [];
  if (!clean && !asked) events.push({ type: 'supervisor.gone', why: describe(end) });
  if (end.kind === 'limit' && hit !== undefined) {
    events.push({ type: 'limit.hit', limit: end.limit, text: describe(end) });
    const running = open.filter((prompt) => prompt.state.kind === 'running' || prompt.state.kind === 'sent');
    for (const prompt of running) events.push({ type: 'turn.ended', promptId: prompt.id, outcome: hit, ms: 0 });
    prompts = running.flatMap((prompt) => ended(open, prompt, hit, nowMs));
  }
  const stillOpen = open.length - prompts.length > 0;
  if (events.length > 0 || prompts.length > 0) journal.record(session.id, { events, prompts });

  const reason: StopReason = hit !== undefined ? 'limit' : idle ? 'idle' : 'crashed';
  const goesOn = asked || (stillOpen && hit === undefined);
  const crashed = !clean && !asked && hit === undefined;
  changeSession(index, session.id, (now) => ({
    ...now,
    run: { kind: 'ended', atMs: nowMs },
    wanted: goesOn || now.wanted.kind !== 'running' ? now.wanted : { kind: 'stopped', reason },
    ...(crashed ? { failures: { count: (now.failures?.count ?? 0) + 1, lastAtMs: nowMs, why: describe(end) } } : {}),
  }));
}

function limitOutcome(limit: string): TurnOutcome {
  switch (limit) {
    case 'memory':
    case 'disk':
    case 'pids':
    case 'time':
    case 'budget':
      return { kind: 'limit', limit };
    default:
      return { kind: 'failed', why: `the ${limit} limit was hit` };
  }
}

function describe(end: SandboxEnd): string {
  switch (end.kind) {
    case 'exited':
      return `the supervisor exited with code ${end.exitCode}`;
    case 'signalled':
      return `the supervisor was ended by ${end.signal}`;
    case 'limit':
      return `the sandbox hit its ${end.limit} limit`;
    case 'unknown':
      return 'the sandbox ended while nobody watched';
  }
}
