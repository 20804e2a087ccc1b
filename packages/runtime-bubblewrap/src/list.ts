import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SandboxId, type SandboxSeen } from '@cspace/domain';
import type { Context } from './context.ts';
import { sandboxPaths } from './paths.ts';
import { readRecord, type SandboxRecord } from './record.ts';
import { runState } from './run-state.ts';

/** The ids of all sandboxes that have a directory. */
export async function sandboxIds(directory: string): Promise<readonly SandboxId[]> {
  const names = await readdir(join(directory, 'sandboxes')).catch(() => []);
  return names.flatMap((name) => {
    const id = SandboxId.safeParse(name);
    return id.success ? [id.data] : [];
  });
}

/** Every finished sandbox, as the processes of the machine show it. */
export async function listSandboxes(context: Context): Promise<readonly SandboxSeen[]> {
  const ids = await sandboxIds(context.directory);
  const seen = await Promise.all(ids.map((id) => seeSandbox(context, id)));
  return seen.filter((one) => one !== undefined);
}

async function seeSandbox(context: Context, id: SandboxId): Promise<SandboxSeen | undefined> {
  const paths = sandboxPaths(context.directory, id);
  if ((await readRecord<SandboxRecord>(paths.spec)) === undefined) return undefined;
  const seen = await runState(paths, (await context.machine()).bootId);
  if (seen.state !== 'running') return { id, ...seen };
  const { run } = seen;
  return { id, state: 'running', pid: (run.init ?? run.launcher).pid, startedAtMs: run.startedAtMs };
}
