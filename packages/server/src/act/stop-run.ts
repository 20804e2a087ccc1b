import type { Next, Session } from '@cspace/domain';
import type { ActDependencies } from './act.ts';

/** How long a supervisor may take to save the work, end the agent and exit. */
const EXIT_MS = 30_000;
/** How long SIGTERM may take after that. */
const GRACE_MS = 2_000;

/**
 * Ends a session's run: asks its supervisor to save the work and exit, waits, and ends by force what is left. Its end is
 * recorded by the next look at the runtime.
 */
export async function stopRun(
  dependencies: Pick<ActDependencies, 'runtimes' | 'supervisors' | 'journal'>,
  session: Session,
  next: Extract<Next, { do: 'stop-run' }>,
  signal: AbortSignal,
): Promise<{ readonly forced: boolean }> {
  const attached = dependencies.supervisors.get(session.id);
  let forced = true;
  if (next.graceful && attached !== undefined) {
    attached.connection.send({ type: 'exit', reason: next.why });
    forced = !(await goneWithin(attached.gone, EXIT_MS, signal));
  }
  await dependencies.runtimes.of(session.runtime).stop(session.sandboxId, GRACE_MS, signal);
  return { forced };
}

/** Whether `gone` is aborted within that time. */
function goneWithin(gone: AbortSignal, ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = AbortSignal.any([gone, signal, AbortSignal.timeout(ms)]);
    const done = () => resolve(gone.aborted);
    if (end.aborted) done();
    else end.addEventListener('abort', done, { once: true });
  });
}
