import type { LayerId, SandboxService, SandboxSpec } from '@cspace/domain';
import { containerName } from './container-name.ts';
import type { Context } from './context.ts';
import { unlessMissing } from './engine.ts';
import { LABEL, labelled } from './label.ts';
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
    if (await exists(context, target, signal)) continue;
    const frozen = await newestFrozen(context, spec, service.name, name, signal);
    await makeVolume(
      context,
      target,
      { [LABEL.sandbox]: spec.id, [LABEL.service]: service.name, [LABEL.volume]: name },
      signal,
    );
    if (frozen !== undefined) await copy(context, spec, frozen, target, signal);
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
      await makeVolume(
        context,
        target,
        { [LABEL.layer]: layer, [LABEL.service]: service.name, [LABEL.volume]: name },
        signal,
      );
      await copy(context, spec, source, target, signal);
    }
  }
}

export async function removeFrozenVolumes(context: Context, layer: LayerId, signal: AbortSignal): Promise<void> {
  const { engine } = context;
  const filters = labelled({ [LABEL.installation]: await context.installation(), [LABEL.layer]: layer });
  const { Volumes } = await engine.ask(`remove ${layer}`, signal, (abortSignal) =>
    engine.docker.listVolumes({ filters, abortSignal }),
  );
  for (const { Name } of Volumes ?? [])
    await unlessMissing(engine.ask(`remove ${layer}`, signal, () => engine.docker.getVolume(Name).remove()));
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
async function copy(context: Context, spec: SandboxSpec, from: string, to: string, signal: AbortSignal): Promise<void> {
  const { engine } = context;
  const image = (
    await engine.ask(`copy ${from}`, signal, () => engine.docker.getContainer(containerName(spec.id)).inspect())
  ).Image;
  const container = await engine.ask(`copy ${from}`, signal, async () =>
    engine.docker.createContainer({
      Image: image,
      User: '0:0',
      Entrypoint: ['cp', '-a', '/from/.', '/to/'],
      Cmd: [],
      Labels: { [LABEL.installation]: await context.installation() },
      HostConfig: {
        NetworkMode: 'none',
        CapDrop: ['ALL'],
        CapAdd: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'],
        SecurityOpt: ['no-new-privileges'],
        Mounts: [
          { Type: 'volume', Source: from, Target: '/from', ReadOnly: true },
          { Type: 'volume', Source: to, Target: '/to', ReadOnly: false },
        ],
      },
    }),
  );
  try {
    await engine.ask(`copy ${from}`, signal, (abortSignal) => container.start({ abortSignal }));
    await endsWithin(container, COPY_MS, signal);
    const { State } = await engine.ask(`copy ${from}`, signal, () => container.inspect());
    if (State.ExitCode !== 0) throw new Error(`Cannot copy ${from}: cp ended with ${State.ExitCode}`);
  } finally {
    await container.remove({ force: true, v: true });
  }
}
