import { Fault, type Session } from '@cspace/domain';
import type { Supervisors } from '../supervisors.ts';
import { changeSession } from './change-session.ts';
import { isGoing, type SendDependencies, wanted } from './send-prompt.ts';
import { until } from './until.ts';

/** From nothing to a supervisor that answers: a clone of a large repository included. */
const START_MS = 10 * 60_000;

/** Makes a session ready without a turn, and resolves when it is. */
export async function startSession(
  dependencies: SendDependencies & { readonly supervisors: Supervisors },
  session: Session,
  signal: AbortSignal,
): Promise<Session> {
  const { index, clock, poke, supervisors } = dependencies;
  changeSession(index, session.id, (now) => wanted(now, clock()));
  poke(session.id);
  const settled = (now: Session) =>
    now.state.kind === 'failed' ||
    now.wanted.kind !== 'running' ||
    (supervisors.get(now.id) !== undefined && isUp(now));
  const now = await until(dependencies, session.id, `start ${session.name}`, START_MS, settled, signal);
  if (now.state.kind === 'failed') {
    throw new Fault('failed', `Cannot start ${session.name}: ${now.state.why}`, {
      hint: now.state.hint ?? `cspace logs ${session.name} shows what happened`,
    });
  }
  if (now.wanted.kind === 'removed') throw isGoing(now, 'start');
  return now;
}

function isUp(session: Session): boolean {
  return session.state.kind === 'ready' || session.state.kind === 'working';
}
