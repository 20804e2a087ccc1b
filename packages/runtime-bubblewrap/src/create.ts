import { chmod, chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault, mountsOf, type SandboxSpec } from '@cspace/domain';
import { checkSpec } from './check-spec.ts';
import type { Context } from './context.ts';
import { claimOuterUser, OUTER_USERS, releaseOuterUser } from './outer-user.ts';
import { layerPath, type SandboxPaths, sandboxPaths } from './paths.ts';
import { writeRecord } from './record.ts';
import { removeTree } from './remove-tree.ts';
import { sandboxRecord } from './sandbox-record.ts';

/** Makes the directories of a sandbox; its spec is written last, so what a crash leaves is seen to be half-made. */
export async function createSandbox(context: Context, spec: SandboxSpec, signal: AbortSignal): Promise<void> {
  const { directory } = context;
  checkSpec(spec);
  const paths = sandboxPaths(directory, spec.id);
  if ((await sandboxRecord(directory, spec.id)) !== undefined) return;
  await layersExist(context, spec);
  await makeRoot(context, paths, spec);
  const parts = [
    context.ownUsers ? claimOuterUser(directory, spec.id) : undefined,
    mkdir(paths.upper, { mode: 0o755 }),
    mkdir(paths.work, { mode: 0o700 }),
    makeOwnLayer(paths.own, spec, context.ownUsers),
  ] as const;
  try {
    const [outerUser] = await Promise.all(parts);
    signal.throwIfAborted();
    await writeRecord(paths.spec, { spec, outerUser, taking: undefined });
  } catch (error) {
    // What one of them makes after another has failed goes too.
    await Promise.allSettled(parts);
    await releaseOuterUser(directory, spec.id, undefined);
    await removeTree(paths.root);
    throw error;
  }
}

async function layersExist({ directory }: Context, spec: SandboxSpec): Promise<void> {
  for (const layer of spec.layers) {
    if ((await stat(layerPath(directory, layer)).catch(() => undefined)) === undefined) {
      throw new Fault('not-found', `Cannot create ${spec.id}: there is no layer ${layer}`);
    }
  }
}

async function makeRoot({ directory }: Context, paths: SandboxPaths, spec: SandboxSpec): Promise<void> {
  await mkdir(dirname(paths.root), { recursive: true, mode: 0o700 });
  const made = await mkdir(paths.root, { mode: 0o700 }).then(
    () => true,
    () => false,
  );
  if (made) return;
  // Of a create that was cut off.
  await releaseOuterUser(directory, spec.id, undefined);
  await removeTree(paths.root);
  await mkdir(paths.root, { mode: 0o700 });
}

/** Under all other layers, so that the mode and owner of a directory that is also in another are the other's. */
async function makeOwnLayer(own: string, spec: SandboxSpec, ownUsers: boolean): Promise<void> {
  await mkdir(join(own, 'etc'), { recursive: true, mode: 0o755 });
  await Promise.all([
    writeFile(join(own, 'etc/hostname'), `${spec.hostname}\n`, { mode: 0o644 }),
    writeFile(join(own, 'etc/hosts'), `127.0.0.1 localhost ${spec.hostname}\n::1 localhost\n`, { mode: 0o644 }),
  ]);
  for (const { target } of mountsOf(spec)) await mountPoint(own, target, ownUsers);
}

/** Parents below the agent's own directories are the agent's, all others root's. */
async function mountPoint(own: string, target: string, ownUsers: boolean): Promise<void> {
  let path = own;
  for (const part of target.slice(1).split('/')) {
    path = join(path, part);
    const made = await mkdir(path, { mode: 0o755 }).then(
      () => true,
      () => false,
    );
    if (!made) continue;
    await chmod(path, 0o755);
    const agents = /^\/(home\/agent|workspace)\b/.test(path.slice(own.length));
    if (agents && ownUsers) await chown(path, OUTER_USERS.filesOwner, OUTER_USERS.filesOwner);
  }
}
