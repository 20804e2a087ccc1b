import { Fault, type Session } from '@cspace/domain';
import type { Supervisors } from '../supervisors.ts';
import { changeSession } from './change-session.ts';
import type { SendDependencies } from './send-prompt.ts';
import { last } from './session-view.ts';
import { startSession } from './start-session.ts';
import { until } from './until.ts';

const REMOVE_MS = 120_000;
const ASK_MS = 30_000;

/**
 * Saves a session's work and removes its sandbox. Refuses (`conflict`) when commits or files are not pushed, or when
 * nobody can tell, unless forced. Removing twice is removing once.
 */
export async function removeSession(
  dependencies: SendDependencies & { readonly supervisors: Supervisors },
  session: Session,
  force: boolean,
  signal: AbortSignal,
): Promise<Session> {
  const { index, poke } = dependencies;
  if (session.state.kind === 'removed') return session;
  const isRemoved = () => index.sessions.get(session.id)?.wanted.kind === 'removed';
  if (!force && !isRemoved()) {
    await refuseUnpushed(dependencies, session, signal).catch((error: unknown) => {
      // Somebody else's removal overtook this one.
      if (!isRemoved()) throw error;
    });
  }
  changeSession(index, session.id, (now) => ({ ...now, wanted: { kind: 'removed' } }));
  poke(session.id);
  const removed = (now: Session) => now.state.kind === 'removed';
  return until(dependencies, session.id, `remove ${session.name}`, REMOVE_MS, removed, signal);
}

async function refuseUnpushed(
  dependencies: SendDependencies & { readonly supervisors: Supervisors },
  session: Session,
  signal: AbortSignal,
): Promise<void> {
  const { dirtyFiles, unpushedCommits } = await work(dependencies, session, signal);
  if (dirtyFiles === 0 && unpushedCommits === 0) return;
  const what = [
    ...(unpushedCommits > 0 ? [`${unpushedCommits} unpushed commit${unpushedCommits === 1 ? '' : 's'}`] : []),
    ...(dirtyFiles > 0 ? [`${dirtyFiles} changed file${dirtyFiles === 1 ? '' : 's'}`] : []),
  ].join(' and ');
  throw new Fault('conflict', `Cannot remove ${session.name}: it has ${what}`, {
    hint: `See them with cspace diff ${session.name}; cspace down ${session.name} --force removes it all the same`,
  });
}

/** What is not pushed, asked of the supervisor; a stopped session that has not changed since it told is believed. */
async function work(
  dependencies: SendDependencies & { readonly supervisors: Supervisors },
  session: Session,
  signal: AbortSignal,
): Promise<{ readonly dirtyFiles: number; readonly unpushedCommits: number }> {
  const { journal, supervisors } = dependencies;
  const store = journal.store(session.id);
  const nothing = { dirtyFiles: 0, unpushedCommits: 0 };
  if (store.lastOf('supervisor.started') === undefined) return nothing;
  const told = store.lastOf('git.status')?.seq ?? 0;
  const ranSince = store.lastOf('tool.started')?.seq ?? 0;
  const said = last(store, 'git.status');
  const farewell = store.lastOf('supervisor.ended')?.seq ?? 0;
  const started = store.lastOf('supervisor.started')?.seq ?? 0;
  if (supervisors.get(session.id) === undefined && said !== undefined && told > ranSince && farewell > started)
    return said;
  if (session.state.kind === 'failed') return said ?? nothing;
  await startSession(dependencies, session, signal);
  const attached = supervisors.get(session.id);
  if (attached === undefined)
    throw new Fault('unavailable', `Cannot remove ${session.name}: nobody can tell what is unpushed`);
  return attached.status(AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]));
}
