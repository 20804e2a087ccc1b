import { rm } from 'node:fs/promises';
import { Fault, type SandboxMount, type SandboxSpec } from '@cspace/domain';
import { containerOf } from './container-of.ts';
import type { Context } from './context.ts';
import { statusOf, unlessMissing } from './engine.ts';
import { images } from './images.ts';
import { LABEL } from './label.ts';
import { sandboxContainer } from './sandbox-container.ts';
import { sandboxPaths } from './sandbox-paths.ts';
import { readSpec, writeSpec } from './sandbox-specs.ts';
import { layerImage } from './snapshots.ts';

/** Writes the spec down, then makes the container: one without the other is half-made and is made anew. */
export async function createSandbox(context: Context, asked: SandboxSpec, signal: AbortSignal): Promise<void> {
  const { directory } = context;
  if ((await containerOf(context, asked.id, signal)) !== undefined) return;
  const spec = withFrozen(asked, await readSpec(directory, asked.id));
  await makeContainer(context, spec, signal);
}

/** The layers that were frozen since it was asked for stay under it. */
function withFrozen(asked: SandboxSpec, recorded: SandboxSpec | undefined): SandboxSpec {
  const isMore =
    recorded !== undefined &&
    recorded.layers.length > asked.layers.length &&
    asked.layers.every((layer, at) => layer === recorded.layers[at]);
  return isMore ? { ...asked, layers: recorded.layers } : asked;
}

/** Leaves nothing behind when it fails. */
export async function makeContainer(context: Context, spec: SandboxSpec, signal: AbortSignal): Promise<void> {
  const { directory, engine, shown } = context;
  const image = await imageOf(context, spec, signal);
  const paths = sandboxPaths(directory, spec.id);
  const options = sandboxContainer({
    spec,
    image,
    installation: await context.installation(),
    run: paths.run,
    shown: [...shown, directory],
    copied: (await engine.mounts(signal)) ? undefined : await copiesOf(context, spec, image, signal),
  });
  try {
    await writeSpec(directory, spec);
    await engine.ask(`create ${spec.id}`, signal, (abortSignal) =>
      engine.docker.createContainer({ ...options, abortSignal }),
    );
  } catch (error) {
    // Made by one that was given up, or by the engine after we had given up.
    if (statusOf(error) === 409) return;
    const never = new AbortController().signal;
    await engine
      .ask(`remove ${spec.id}`, never, () =>
        unlessMissing(engine.docker.getContainer(options.name ?? '').remove({ force: true, v: true })),
      )
      .catch(() => undefined);
    await rm(paths.root, { recursive: true, force: true });
    throw error;
  }
}

/** What the sandbox is shown where directories cannot be mounted. */
async function copiesOf(
  { copies, engine }: Context,
  spec: SandboxSpec,
  image: string,
  signal: AbortSignal,
): Promise<(mount: SandboxMount) => string | undefined> {
  const volumes = new Map<SandboxMount, string>();
  for (const mount of spec.mounts) {
    if (mount.isConvenience === true) continue;
    if (mount.mode === 'read-write') {
      throw new Fault('lacking', `Cannot create ${spec.id}: ${engine.address} cannot write to ${mount.source}`, {
        hint: 'Use an engine on this machine',
      });
    }
    volumes.set(mount, await copies.ready(mount.source, image, signal));
  }
  return (mount) => volumes.get(mount);
}

async function imageOf(context: Context, spec: SandboxSpec, signal: AbortSignal): Promise<string> {
  const top = spec.layers.at(-1);
  if (top === undefined) {
    return spec.image ?? (await images(context).ready({ as: 'sandbox' }, signal)).id;
  }
  const layer = await layerImage(context, top, signal);
  if (layer === undefined) throw new Fault('not-found', `Cannot create ${spec.id}: there is no layer ${top}`);
  if (layer.Labels[LABEL.layers] !== spec.layers.join(',')) {
    throw new Fault('invalid', `Cannot create ${spec.id}: ${top} was frozen over other layers than these`);
  }
  return layer.Id;
}
