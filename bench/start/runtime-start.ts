import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Runtime, SandboxMount } from '@cspace/domain';
import { bubblewrapRuntime } from '@cspace/runtime-bubblewrap';
import { ids } from '../scene.ts';
import { said } from './said.ts';

/** A runtime over a directory of its own. */
export type MakeRuntime = (directory: string, cleanup: AsyncDisposableStack) => Runtime;

const bubblewrap: MakeRuntime = (directory, cleanup) => cleanup.use(bubblewrapRuntime({ directory, clock: Date.now }));

/** Makes and starts a sandbox; gives the milliseconds until its command has run. Its removal is not in the time. */
export async function runtimeStart(
  cleanup: AsyncDisposableStack,
  make: MakeRuntime = bubblewrap,
): Promise<() => Promise<number>> {
  const parent = await mkdtemp(join(tmpdir(), 'cspace-bench-'));
  cleanup.defer(() => rm(parent, { recursive: true, force: true }));
  const runtime = make(join(parent, 'runtime'), cleanup);
  const { directory, target, script, heard } = said(parent);
  const mounts: SandboxMount[] = [{ source: directory, target, mode: 'read-only' }];
  const command = { argv: ['sh', '-c', script], env: { PATH: '/usr/bin:/bin' }, cwd: '/workspace' } as const;
  return async () => {
    const id = ids.sandbox();
    const signal = AbortSignal.timeout(10_000);
    const hearing = heard();
    const startedMs = performance.now();
    await runtime.create({ id, layers: [], mounts, limits: { pids: 512 }, hostname: 'bench' }, signal);
    await runtime.start(id, command, signal);
    await hearing;
    const ms = performance.now() - startedMs;
    await runtime.destroy(id, signal);
    return ms;
  };
}
