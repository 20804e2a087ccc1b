import { Fault, type LayerId, type SandboxService, type SandboxSpec } from '@cspace/domain';
import { containerName } from './container-name.ts';
import { inspect } from './container-of.ts';
import type { Context } from './context.ts';
import { unlessMissing } from './engine.ts';
import { LABEL, labelled } from './label.ts';
import { removeContainer } from './remove-container.ts';
import { endsWithin } from './stop.ts';

const COPY_MS = 10 * 60_000;

/** The volume of a service of one sandbox, or of what it was when a layer was frozen. */
export function volumeName(owner: SandboxSpec['id'] | LayerId, service: string, volume: string): string {
  return `cspace-${owner}-${service}-${volume}`;
}

/** Makes a service's volumes that are not there yet: empty, or a copy of those that were frozen with the sandbox's layers. */
export async function ensureVolumes(
  context: Context,
  spec: SandboxSpec,
  service: SandboxService,
  signal: AbortSignal,
): Promise<void> {
  for (const { name } of service.volumes) {
    const target = volumeName(spec.id, service.name, name);
    await removeHalf(context, target, signal);
    if (await exists(context, target, signal)) continue;
    const frozen = await newestFrozen(context, spec, service.name, name, signal);
    const labels = { [LABEL.sandbox]: spec.id, [LABEL.service]: service.name, [LABEL.volume]: name };
    if (frozen === undefined) await makeVolume(context, target, labels, signal);
    else await copy(context, spec, frozen, { name: target, labels }, signal);
  }
}

/** Keeps what the services of a sandbox have now, so that a fork has it too. */
export async function freezeVolumes(
  context: Context,
  spec: SandboxSpec,
  layer: LayerId,
  signal: AbortSignal,
): Promise<void> {
  for (const service of spec.services ?? []) {
    for (const { name } of service.volumes) {
      const source = volumeName(spec.id, service.name, name);
      if (!(await exists(context, source, signal))) continue;
      const target = volumeName(layer, service.name, name);
      // Of a freezing that was cut off later on.
      await removeHalf(context, target, signal);
      await removeVolume(context, target, signal);
      const labels = { [LABEL.layer]: layer, [LABEL.service]: service.name, [LABEL.volume]: name };
      await copy(context, spec, source, { name: target, labels }, signal);
    }
  }
}

export async function removeFrozenVolumes(context: Context, layer: LayerId, signal: AbortSignal): Promise<void> {
  const { engine } = context;
  const filters = labelled({ [LABEL.installation]: await context.installation(), [LABEL.layer]: layer });
  const { Volumes } = await engine.ask(`remove ${layer}`, signal, (abortSignal) =>
    engine.docker.listVolumes({ filters, abortSignal }),
  );
  for (const { Name } of Volumes ?? []) await removeVolume(context, Name, signal);
}

function fillerOf(volume: string): string {
  return `${volume}-filling`;
}

/** Takes away a copy that was cut off, by whose container it is known. */
async function removeHalf(context: Context, volume: string, signal: AbortSignal): Promise<void> {
  const filler = await inspect(context, fillerOf(volume), signal);
  if (filler === undefined) return;
  await removeContainer(context.engine, filler.api, `remove half of ${volume}`, signal);
  await removeVolume(context, volume, signal);
}

async function removeVolume({ engine }: Context, name: string, signal: AbortSignal): Promise<void> {
  await unlessMissing(engine.ask(`remove ${name}`, signal, () => engine.docker.getVolume(name).remove()));
}

async function newestFrozen(
  context: Context,
  spec: SandboxSpec,
  service: string,
  volume: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const layer of spec.layers.toReversed()) {
    const name = volumeName(layer, service, volume);
    if (await exists(context, name, signal)) return name;
  }
  return undefined;
}

async function exists({ engine }: Context, name: string, signal: AbortSignal): Promise<boolean> {
  const found = await unlessMissing(
    engine.ask(`look at the volume ${name}`, signal, (abortSignal) =>
      engine.docker.getVolume(name).inspect({ abortSignal }),
    ),
  );
  return found !== undefined;
}

async function makeVolume(
  { engine, installation }: Context,
  name: string,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const Labels = { [LABEL.installation]: await installation(), ...labels };
  await engine.ask(`make the volume ${name}`, signal, () => engine.docker.createVolume({ Name: name, Labels }));
}

/** In a container of the sandbox's own image, with the rights that keeping owners and modes takes and no others. */
async function copy(
  context: Context,
  spec: SandboxSpec,
  from: string,
  { name: to, labels }: { readonly name: string; readonly labels: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<void> {
  const { engine } = context;
  const image = (
    await engine.ask(`copy ${from}`, signal, () => engine.docker.getContainer(containerName(spec.id)).inspect())
  ).Image;
  const installation = await context.installation();
  const VolumeOptions = {
    NoCopy: true,
    Labels: { [LABEL.installation]: installation, ...labels },
    DriverConfig: { Name: 'local', Options: {} },
  };
  const container = await engine.ask(`copy ${from}`, signal, () =>
    engine.docker.createContainer({
      Image: image,
      name: fillerOf(to),
      User: '0:0',
      Entrypoint: ['cp', '-a', '/from/.', '/to/'],
      Cmd: [],
      Labels: { [LABEL.installation]: installation, [LABEL.filler]: spec.id },
      HostConfig: {
        NetworkMode: 'none',
        CapDrop: ['ALL'],
        CapAdd: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'],
        SecurityOpt: ['no-new-privileges'],
        Mounts: [
          { Type: 'volume', Source: from, Target: '/from', ReadOnly: true },
          { Type: 'volume', Source: to, Target: '/to', ReadOnly: false, VolumeOptions },
        ],
      },
    }),
  );
  try {
    await engine.ask(`copy ${from}`, signal, (abortSignal) => container.start({ abortSignal }));
    if (!(await endsWithin(container, COPY_MS, signal)))
      throw new Fault('failed', `Cannot copy ${from}: it takes longer than ${COPY_MS / 60_000} min`);
    const { State } = await engine.ask(`copy ${from}`, signal, () => container.inspect());
    if (State.ExitCode !== 0) throw new Fault('failed', `Cannot copy ${from}: cp ended with ${State.ExitCode}`);
  } catch (error) {
    const never = new AbortController().signal;
    await removeContainer(engine, container, `copy ${from}`, never).catch(() => undefined);
    await removeVolume(context, to, never).catch(() => undefined);
    throw error;
  }
  // Last: a copy is whole once that container is gone.
  await removeContainer(engine, container, `copy ${from}`, signal);
}
