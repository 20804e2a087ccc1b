import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Runtime, type SandboxCommand, SandboxId } from '@cspace/domain';
import { sandboxIds } from '../list.ts';
import { removeTree } from '../remove-tree.ts';
import { bubblewrapRuntime } from '../runtime.ts';

export type ARuntime = AsyncDisposable & { readonly runtime: Runtime; readonly directory: string };

/** A runtime in a directory of its own whose name means something to whoever parses it; all its sandboxes go with it. */
export async function aRuntime(): Promise<ARuntime> {
  const parent = await mkdtemp(join(tmpdir(), 'cspace-bubblewrap-'));
  const directory = join(parent, "o,d=d: 'name' \\040$x");
  const runtime = bubblewrapRuntime({ directory, clock: Date.now });
  return {
    runtime,
    directory,
    async [Symbol.asyncDispose]() {
      runtime[Symbol.dispose]();
      const ids = await sandboxIds(directory);
      await Promise.all(ids.map((id) => runtime.destroy(SandboxId.parse(id), patient())));
      await removeTree(parent);
    },
  };
}

export const patient = (): AbortSignal => AbortSignal.timeout(60_000);

export function sh(script: string): SandboxCommand {
  return { argv: ['sh', '-c', script], env: { PATH: '/usr/bin:/bin', HOME: '/home/agent' }, cwd: '/workspace' };
}
