import type { SandboxSpec } from '@cspace/domain';
import type Docker from 'dockerode';
import type { Context } from './context.ts';
import { LABEL, labelled } from './label.ts';
import { volumeName } from './volumes.ts';

/** What each volume of the engine takes. */
export type VolumeSizes = ReadonlyMap<string, number>;

/**
 * What a sandbox and its services have written: their containers, and the volumes that only they write to. The volumes are
 * measured when the containers alone are within `enoughBytes`, as that costs the engine most.
 */
export async function writtenBytes(
  context: Context,
  spec: SandboxSpec,
  enoughBytes: number,
  volumes: () => Promise<VolumeSizes>,
  signal: AbortSignal,
): Promise<number> {
  const { engine, installation } = context;
  const filters = labelled({ [LABEL.installation]: await installation(), [LABEL.sandbox]: spec.id });
  const containers = (await engine.ask(`measure ${spec.id}`, signal, (abortSignal) =>
    engine.docker.listContainers({ all: true, size: true, filters, abortSignal }),
  )) as readonly Measured[];
  const bytes = sum(containers.map(({ SizeRw = 0 }) => SizeRw));
  const names = new Set([
    ...(spec.services ?? []).flatMap((service) =>
      service.volumes.map(({ name }) => volumeName(spec.id, service.name, name)),
    ),
    // An image may ask for volumes that nobody has named.
    ...containers.flatMap(({ Mounts }) =>
      Mounts.flatMap(({ Type, Name, RW }) => (Type === 'volume' && RW ? (Name ?? []) : [])),
    ),
  ]);
  if (names.size === 0 || bytes > enoughBytes) return bytes;
  const sizes = await volumes();
  return bytes + sum([...names].map((name) => sizes.get(name) ?? 0));
}

/** Its type does not know what is told with `size`. */
type Measured = Docker.ContainerInfo & { readonly SizeRw?: number };

/** The engine walks all its volumes, and one older than 23 its containers too. */
export async function volumeSizes({ engine }: Context, signal: AbortSignal): Promise<VolumeSizes> {
  const found = await engine.ask('measure the volumes', signal, (abortSignal) => diskUsage(engine.docker, abortSignal));
  return new Map((found.Volumes ?? []).map(({ Name, UsageData }) => [Name, Math.max(0, UsageData?.Size ?? 0)]));
}

type DiskUsage = { readonly Volumes?: readonly Docker.VolumeCreateResponse[] | null };

/** `df` of dockerode's has no way to ask for volumes alone. */
function diskUsage(docker: Docker, abortSignal: AbortSignal): Promise<DiskUsage> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        path: '/system/df?',
        method: 'GET',
        options: { type: 'volume' },
        abortSignal,
        statusCodes: { 200: true, 500: 'server error' },
      },
      (error, found) => (error === null ? resolve(found as DiskUsage) : reject(error)),
    );
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
