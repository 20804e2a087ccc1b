import { type Base, Fault, type Session } from '@cspace/domain';
import type { Supervisors } from '../supervisors.ts';
import type { Tunnels } from '../tunnels.ts';
import { changeSession } from './change-session.ts';
import { runInside } from './run-inside.ts';
import type { SendDependencies } from './send-prompt.ts';

/**
 * Brings a session's workspace to another commit, on its own branch. All its work is saved as a shadow commit first. Runs
 * inside, as the agent's user; refuses while a turn runs.
 */
export async function resetWorkspace(
  dependencies: SendDependencies & {
    readonly supervisors: Supervisors;
    readonly tunnels: Tunnels;
    readonly start: (session: Session, signal: AbortSignal) => Promise<Session>;
  },
  session: Session,
  base: Base,
  signal: AbortSignal,
): Promise<void> {
  const { index, supervisors, tunnels } = dependencies;
  const now = await dependencies.start(session, signal);
  if (now.state.kind === 'working') {
    throw new Fault('conflict', `Cannot reset ${session.name}: its agent is working`, {
      hint: `cspace interrupt ${session.name} --turn ends the turn first`,
    });
  }
  const saved = await supervisors.get(session.id)?.save(signal);
  if (saved === undefined || saved.error !== undefined) {
    throw new Fault('failed', `Cannot reset ${session.name}: its work could not be saved`, {
      ...(saved?.error === undefined ? {} : { hint: saved.error }),
    });
  }
  const steps: readonly [string, ...string[]][] = [
    ['git', 'fetch', '--quiet', 'origin'],
    ['git', 'fetch', '--quiet', 'origin', base.commit],
    ['git', 'checkout', '--quiet', '--force', '-B', session.branch, base.commit],
    ['git', 'clean', '--quiet', '-fd'],
  ];
  for (const step of steps) {
    const { exitCode, output } = await runInside(tunnels, session.id, step, signal);
    if (exitCode !== 0) {
      throw new Fault('failed', `Cannot reset ${session.name}: ${output.trim().split('\n').at(-1) ?? 'git failed'}`);
    }
  }
  changeSession(index, session.id, (current) => ({ ...current, base }));
}
