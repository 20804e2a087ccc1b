import { rm, writeFile } from 'node:fs/promises';
import type { SandboxId } from '@cspace/domain';
import type Docker from 'dockerode';
import { containerOf } from './container-of.ts';
import type { Context } from './context.ts';
import { statusOf, unlessDone } from './engine.ts';
import { sandboxPaths } from './sandbox-paths.ts';
import { stopServiceContainers } from './stop-service-containers.ts';

/** How long the engine may take to tell that a killed container has ended. */
const REAP_MS = 15_000;

/** Ends the run, then its services; the files stay. */
export async function stopSandbox(
  context: Context,
  id: SandboxId,
  graceMs: number,
  signal: AbortSignal,
): Promise<void> {
  const container = await containerOf(context, id, signal);
  if (container?.info.State.Running === true) await endRun(context, id, container.api, graceMs, signal);
  context.relays.close(id);
  await stopServiceContainers(context, id, graceMs, signal);
}

async function endRun(
  context: Context,
  id: SandboxId,
  container: Docker.Container,
  graceMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { engine, directory, seen } = context;
  const { killed } = sandboxPaths(directory, id);
  if (graceMs > 0) {
    await kill(context, id, container, 'SIGTERM', signal);
    if (await endsWithin(container, graceMs, signal)) return;
  }
  await writeFile(killed, '', { mode: 0o600 });
  await kill(context, id, container, 'SIGKILL', signal);
  if (!(await endsWithin(container, REAP_MS, signal))) {
    await rm(killed, { force: true });
    // The engine says why it cannot.
    await unlessDone(engine.ask(`stop ${id}`, signal, (abortSignal) => container.stop({ t: 0, abortSignal })));
  }
  seen.delete(container.id);
}

async function kill(
  { engine }: Context,
  id: SandboxId,
  container: Docker.Container,
  name: 'SIGTERM' | 'SIGKILL',
  signal: AbortSignal,
): Promise<void> {
  try {
    await engine.ask(`stop ${id}`, signal, (abortSignal) => container.kill({ signal: name, abortSignal }));
  } catch (error) {
    // It has ended meanwhile.
    if (statusOf(error) !== 409 && statusOf(error) !== 404) throw error;
  }
}

/** Whether a container has ended by then. */
export async function endsWithin(container: Docker.Container, ms: number, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  const late = AbortSignal.timeout(ms);
  try {
    await container.wait({ condition: 'not-running', abortSignal: AbortSignal.any([signal, late]) });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (late.aborted) return false;
    if (statusOf(error) === 404) return true;
    throw error;
  }
}
