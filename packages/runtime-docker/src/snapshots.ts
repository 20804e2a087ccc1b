import { Fault, LayerId, type SandboxId, type Snapshots } from '@cspace/domain';
import type Docker from 'dockerode';
import { containerOf } from './container-of.ts';
import type { Context } from './context.ts';
import { makeContainer } from './create.ts';
import { LABEL, labelled } from './label.ts';
import { readSpec, sandboxSpecs, writeSpec } from './sandbox-specs.ts';
import { freezeVolumes, removeFrozenVolumes } from './volumes.ts';

/** Layers as images: each is what the container wrote, over the image it was made of, which the engine keeps as long as it is needed. */
export function snapshots(context: Context): Snapshots {
  return {
    take: (id, layer, signal) => context.alone(id, () => take(context, id, layer, signal)),
    async remove(layer, signal) {
      const { engine, directory } = context;
      const user = (await sandboxSpecs(directory)).find(({ layers }) => layers.includes(layer));
      if (user !== undefined) throw new Fault('conflict', `Cannot remove ${layer}: ${user.id} uses it`);
      const image = await layerImage(context, layer, signal);
      if (image !== undefined) {
        await engine.ask(`remove ${layer}`, signal, () =>
          engine.docker.getImage(reference(layer)).remove({ force: true }),
        );
      }
      await removeFrozenVolumes(context, layer, signal);
    },
    async list(signal) {
      const found = await layerImages(context, signal);
      return found.flatMap(({ Labels }) => LayerId.safeParse(Labels[LABEL.layer]).data ?? []);
    },
  };
}

async function take(context: Context, id: SandboxId, layer: LayerId, signal: AbortSignal): Promise<void> {
  const { engine, directory } = context;
  const [spec, container] = await Promise.all([readSpec(directory, id), containerOf(context, id, signal)]);
  if (spec === undefined || container === undefined)
    throw new Fault('not-found', `Cannot freeze ${id}: there is no such sandbox`);
  if (spec.layers.includes(layer)) return;
  if (container.info.State.Running) throw new Fault('conflict', `Cannot freeze ${id}: it is running`);
  if ((await layerImage(context, layer, signal)) !== undefined)
    throw new Fault('conflict', `Cannot freeze ${id}: there is a layer ${layer} already`);
  const layers = [...spec.layers, layer];
  const labels = {
    [LABEL.installation]: await context.installation(),
    [LABEL.layer]: layer,
    [LABEL.layers]: layers.join(','),
  };
  const [repo, tag] = reference(layer).split(':');
  await freezeVolumes(context, spec, layer, signal);
  await engine.ask(`freeze ${id}`, signal, () =>
    container.api.commit({
      repo,
      tag,
      changes: Object.entries(labels)
        .map(([name, value]) => `LABEL ${name}=${value}`)
        .join('\n'),
    }),
  );
  const frozen = { ...spec, layers };
  await writeSpec(directory, frozen);
  await engine.ask(`freeze ${id}`, signal, () => container.api.remove({ force: true, v: true }));
  await makeContainer(context, frozen, signal);
}

function reference(layer: LayerId): string {
  return `cspace-layer:${layer}`;
}

/** The image of a frozen layer, or undefined when there is none. */
export async function layerImage(
  context: Pick<Context, 'engine' | 'installation'>,
  layer: LayerId,
  signal: AbortSignal,
): Promise<Docker.ImageInfo | undefined> {
  return (await layerImages(context, signal)).find(({ Labels }) => Labels[LABEL.layer] === layer);
}

async function layerImages(
  { engine, installation }: Pick<Context, 'engine' | 'installation'>,
  signal: AbortSignal,
): Promise<readonly Docker.ImageInfo[]> {
  const { label } = labelled({ [LABEL.installation]: await installation() });
  const filters = { label: [...label, LABEL.layer] };
  return engine.ask('list the layers', signal, (abortSignal) => engine.docker.listImages({ filters, abortSignal }));
}
