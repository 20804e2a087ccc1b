import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, type SandboxMount, type SandboxSpec } from '@cspace/domain';
import type Docker from 'dockerode';
import { containerName } from './container-name.ts';
import { containerOf } from './container-of.ts';
import type { Context } from './context.ts';
import { type Engine, statusOf } from './engine.ts';
import { images } from './images.ts';
import { LABEL } from './label.ts';
import { removeContainer } from './remove-container.ts';
import { sandboxContainer } from './sandbox-container.ts';
import { sandboxPaths } from './sandbox-paths.ts';
import { readSpec, writeSpec } from './sandbox-specs.ts';
import { layerImage } from './snapshots.ts';

const NAME_LOOKS = 50;
const NAME_LOOK_MS = 100;

/** Writes the spec down, then makes the container: one without the other is half-made and is made anew. */
export async function createSandbox(context: Context, asked: SandboxSpec, signal: AbortSignal): Promise<void> {
  const { directory, engine } = context;
  const [recorded, container] = await Promise.all([
    readSpec(directory, asked.id),
    containerOf(context, asked.id, signal),
  ]);
  if (container !== undefined) {
    if (recorded !== undefined) return;
    // The engine made it after its making had been given up.
    await removeContainer(engine, container.api, `create ${asked.id}`, signal);
  }
  try {
    await makeContainer(context, withFrozen(asked, recorded), signal);
  } catch (error) {
    if (recorded === undefined) await rm(sandboxPaths(directory, asked.id).root, { recursive: true, force: true });
    throw error;
  }
}

/** The layers that were frozen since it was asked for stay under it. */
function withFrozen(asked: SandboxSpec, recorded: SandboxSpec | undefined): SandboxSpec {
  const isMore =
    recorded !== undefined &&
    recorded.layers.length > asked.layers.length &&
    asked.layers.every((layer, at) => layer === recorded.layers[at]);
  return isMore ? { ...asked, layers: recorded.layers } : asked;
}

/** When it fails there is no container; the spec stays, as what was frozen is known by it. */
export async function makeContainer(context: Context, spec: SandboxSpec, signal: AbortSignal): Promise<void> {
  const { directory, engine, shown } = context;
  // Until the container has them: they are nobody's before.
  using held = new DisposableStack();
  const image = await imageOf(context, spec, signal);
  const paths = sandboxPaths(directory, spec.id);
  const options = sandboxContainer({
    spec,
    image,
    installation: await context.installation(),
    run: paths.run,
    shown: [...shown, directory],
    copied: (await engine.mounts(signal)) ? undefined : await copiesOf(context, spec, image, held, signal),
  });
  const half = engine.docker.getContainer(containerName(spec.id));
  try {
    await writeSpec(directory, spec);
    await untilFree(engine, half, `create ${spec.id}`, signal, (abortSignal) =>
      engine.docker.createContainer({ ...options, abortSignal }),
    );
  } catch (error) {
    const never = new AbortController().signal;
    await removeContainer(engine, half, `remove ${spec.id}`, never).catch(() => undefined);
    if (statusOf(error) !== 404) throw error;
    // Somebody has removed it since it was made ready: whoever cleans the engine up, or the removal of a layer above it.
    throw new Fault('not-found', `Cannot create ${spec.id}: its image is not there any more`, { cause: error });
  }
}

/** The engine goes on for a while with a making that was given up: its name is taken before there is anything to remove. */
async function untilFree(
  engine: Engine,
  container: Docker.Container,
  doing: string,
  signal: AbortSignal,
  make: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  for (let left = NAME_LOOKS; ; left--) {
    try {
      await engine.ask(doing, signal, make);
      return;
    } catch (error) {
      if (statusOf(error) !== 409 || left === 1) throw error;
    }
    await removeContainer(engine, container, doing, signal);
    await sleep(NAME_LOOK_MS, undefined, { signal });
  }
}

/** What the sandbox is shown where directories cannot be mounted. */
async function copiesOf(
  { copies, engine }: Context,
  spec: SandboxSpec,
  image: string,
  held: DisposableStack,
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
    volumes.set(mount, held.use(await copies.ready(mount.source, image, signal)).volume);
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
