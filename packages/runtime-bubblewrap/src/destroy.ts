import { stat } from 'node:fs/promises';
import type { SandboxId } from '@cspace/domain';
import type { Context } from './context.ts';
import { releaseOuterUser } from './outer-user.ts';
import { sandboxPaths } from './paths.ts';
import { removeTree } from './remove-tree.ts';
import { sandboxRecord } from './sandbox-record.ts';
import { stopSandbox } from './stop.ts';

/** Stops, then removes all there is of a sandbox, also of one that was never finished. Mounts end with their processes. */
export async function destroySandbox(context: Context, id: SandboxId, signal: AbortSignal): Promise<void> {
  const paths = sandboxPaths(context.directory, id);
  await stopSandbox(context, id, 0, signal);
  await (await context.machine()).cgroups?.remove(id);
  const record = await sandboxRecord(context.directory, id);
  if ((await stat(paths.root).catch(() => undefined)) !== undefined) await removeTree(paths.root);
  await releaseOuterUser(context.directory, id, record?.outerUser);
}
