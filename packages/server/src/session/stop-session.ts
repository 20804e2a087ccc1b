import type { Session } from '@cspace/domain';
import { changeSession } from './change-session.ts';
import type { SendDependencies } from './send-prompt.ts';
import { until } from './until.ts';

/** Saving work and ending an agent may take this long. */
const STOP_MS = 60_000;

/** Saves a session's work and ends its processes; everything is kept. Stopping what is stopped succeeds. */
export async function stopSession(
  dependencies: SendDependencies,
  session: Session,
  signal: AbortSignal,
): Promise<Session> {
  changeSession(dependencies.index, session.id, (now) => ({ ...now, wanted: { kind: 'stopped', reason: 'asked' } }));
  dependencies.poke(session.id);
  const stopped = (now: Session) => now.wanted.kind !== 'stopped' || now.state.kind === 'stopped';
  return until(dependencies, session.id, `stop ${session.name}`, STOP_MS, stopped, signal);
}
