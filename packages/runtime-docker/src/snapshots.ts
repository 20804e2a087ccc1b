import { Fault, LayerId, oneAtATime, type SandboxId, type Snapshots } from '@cspace/domain';
import type Docker from 'dockerode';
import { containerOf } from './container-of.ts';
import type { Context } from './context.ts';
import { makeContainer } from './create.ts';
import { statusOf } from './engine.ts';
import { LABEL, labelled } from './label.ts';
import { removeContainer } from './remove-container.ts';
import { readSpec, sandboxSpecs, writeSpec } from './sandbox-specs.ts';
import { freezeVolumes, removeFrozenVolumes } from './volumes.ts';

/** How often the removal of an image is tried: each other removal that it meets may fail it once. */
const REMOVALS = 5;

/** Layers as images: each is what the container wrote, over the image it was made of, which the engine keeps as long as it is needed. */
export function snapshots(context: Context): Snapshots {
  // Where two removals of layers above each other meet, the engine may leave one that neither has removed.
  const inTurn = oneAtATime<'layers'>();
  return {
    take: (id, layer, signal) => context.alone(id, () => take(context, id, layer, signal)),
    async remove(layer, signal) {
      const { directory } = context;
      const user = (await sandboxSpecs(directory)).find(({ layers }) => layers.includes(layer));
      if (user !== undefined) throw new Fault('conflict', `Cannot remove ${layer}: ${user.id} uses it`);
      await inTurn('layers', async () => {
        await removeImage(context, layer, signal);
        await removeFrozenVolumes(context, layer, signal);
      });
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
  await removeContainer(engine, container.api, `freeze ${id}`, signal);
  await makeContainer(context, frozen, signal);
}

/**
 * Removes the image of a layer, and looks whether it is gone, whatever the engine says: with an image the engine removes those
 * below it that nothing needs any more, and where two removals meet, one fails although both are done.
 * <https://github.com/docker/compose/issues/9763> shows it.
 */
async function removeImage(context: Context, layer: LayerId, signal: AbortSignal): Promise<void> {
  const { engine } = context;
  for (let left = REMOVALS; left > 0; left--) {
    const image = await layerImage(context, layer, signal);
    if (image === undefined) return;
    // A removal that ended halfway leaves an image without its name.
    const isNamed = image.RepoTags?.includes(reference(layer)) === true;
    const removed = engine.docker.getImage(isNamed ? reference(layer) : image.Id);
    try {
      // Looked at again: one that has another above it only loses its name.
      await engine.ask(`remove ${layer}`, signal, () => removed.remove({ force: true }));
    } catch (error) {
      if (left === 1 || statusOf(error) === undefined) throw error;
    }
  }
  throw new Fault('conflict', `Cannot remove ${layer}: the engine still needs its image`);
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
