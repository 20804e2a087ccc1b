import { stat } from 'node:fs/promises';
import type { SandboxId } from '@cspace/domain';
import type { Context } from './context.ts';
import { sandboxPaths } from './paths.ts';
import { alive, commandOf, type ProcessRef, signalProcess, waitForDeath } from './process.ts';
import { type RunRecord, writeRecord } from './record.ts';
import { runState } from './run-state.ts';

/** How long the kernel and the launcher may take to clear up after SIGKILL. */
const REAP_MS = 5_000;

/** Ends every process of the run; the files stay. */
export async function stopSandbox(
  context: Context,
  id: SandboxId,
  graceMs: number,
  signal: AbortSignal,
): Promise<void> {
  const paths = sandboxPaths(context.directory, id);
  const { bootId, cgroups } = await context.machine();
  const seen = await runState(paths, bootId);
  if (seen.state === 'running') {
    await endRun(seen.run, graceMs, signal);
    if ((await stat(paths.end).catch(() => undefined)) === undefined) {
      await writeRecord(paths.end, { exitCode: 128 + 9, oomKills: 0 });
    }
  }
  if (seen.state !== 'idle') await cgroups?.remove(id);
}

/** All processes of a sandbox end with its first one; the launcher sees it and writes down how. */
async function endRun({ init, launcher, monitor }: RunRecord, graceMs: number, signal: AbortSignal): Promise<void> {
  if (init !== undefined) {
    const command = graceMs > 0 ? await commandOf(init) : undefined;
    if (command !== undefined) {
      signalProcess(command, 'SIGTERM');
      await waitForDeath(init, graceMs, signal);
    }
    await kill(init, init.pid, signal);
    await waitForDeath(launcher, REAP_MS, signal);
  }
  // One that has not got as far as a sandbox, or hangs, is one process group with bubblewrap.
  await kill(launcher, -launcher.pid, signal);
  if (monitor !== undefined) await kill(monitor, monitor.pid, signal);
}

async function kill(ref: ProcessRef, pid: number, signal: AbortSignal): Promise<void> {
  if (!(await alive(ref))) return;
  signalProcess(pid, 'SIGKILL');
  await waitForDeath(ref, REAP_MS, signal);
}
