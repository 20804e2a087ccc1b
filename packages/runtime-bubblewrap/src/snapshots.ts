import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, LayerId, type SandboxId, type Snapshots } from '@cspace/domain';
import type { Context } from './context.ts';
import { sandboxIds } from './list.ts';
import { layerPath, sandboxPaths } from './paths.ts';
import { readRecord, type SandboxRecord, writeRecord } from './record.ts';
import { removeTree } from './remove-tree.ts';
import { runState } from './run-state.ts';
import { finishTaking, sandboxRecord } from './sandbox-record.ts';

/** Freezing is a rename: a writable layer is a layer like any other, whoever runs over it. */
export function snapshots(context: Context): Snapshots {
  const { directory } = context;
  return {
    take: (id, layer) => context.alone(id, () => take(context, id, layer)),
    async remove(layer) {
      const user = await userOf(directory, layer);
      if (user !== undefined) {
        throw new Fault('conflict', `Cannot remove ${layer}: ${user} uses it`, { hint: 'Remove what uses it first' });
      }
      if (await exists(layerPath(directory, layer))) await removeTree(layerPath(directory, layer));
    },
    async list() {
      const names = await readdir(join(directory, 'layers')).catch(() => []);
      return names.flatMap((name) => {
        const layer = LayerId.safeParse(name);
        return layer.success ? [layer.data] : [];
      });
    },
  };
}

async function take({ directory, machine }: Context, id: SandboxId, layer: LayerId): Promise<void> {
  const record = await sandboxRecord(directory, id);
  if (record === undefined) throw new Fault('not-found', `Cannot freeze ${id}: there is no such sandbox`);
  if (record.spec.layers.includes(layer)) return;
  const paths = sandboxPaths(directory, id);
  if ((await runState(paths, (await machine()).bootId)).state === 'running') {
    throw new Fault('conflict', `Cannot freeze ${id}: it is running`, { hint: 'Stop it first' });
  }
  if (await exists(layerPath(directory, layer))) {
    throw new Fault('conflict', `Cannot freeze ${id}: there is a layer ${layer} already`);
  }
  await mkdir(join(directory, 'layers'), { recursive: true, mode: 0o700 });
  const taking = { ...record, taking: layer };
  await writeRecord(paths.spec, taking);
  await rename(paths.upper, layerPath(directory, layer));
  await finishTaking(directory, taking, true);
}

async function userOf(directory: string, layer: LayerId): Promise<SandboxId | undefined> {
  for (const id of await sandboxIds(directory)) {
    const record = await readRecord<SandboxRecord>(sandboxPaths(directory, id).spec);
    if (record?.spec.layers.includes(layer) || record?.taking === layer) return id;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
