import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ids, type Runtime, type SandboxCommand, type SandboxSpec } from '@cspace/domain';
import Docker from 'dockerode';
import { installationId } from '../installation-id.ts';
import { LABEL } from '../label.ts';
import { dockerRuntime } from '../runtime.ts';

export const newIds = ids((size) => randomBytes(size));
export const patient = (): AbortSignal => AbortSignal.timeout(60_000);

export type ADocker = AsyncDisposable & {
  readonly runtime: Runtime;
  readonly directory: string;
  readonly docker: Docker;
  /** What the engine has of this installation: names of containers and volumes. */
  left(): Promise<readonly string[]>;
};

/** A runtime of its own installation, all of which goes with it. */
export async function aDocker(host: string): Promise<ADocker> {
  const directory = await mkdtemp(join(tmpdir(), 'cspace-docker-'));
  const runtime = dockerRuntime({ directory, host, shown: [tmpdir()] });
  const docker = new Docker({ socketPath: host.replace('unix://', '') });
  const filters = { label: [`${LABEL.installation}=${await installationId(directory)}`] };
  const left = async () => {
    const containers = await docker.listContainers({ all: true, filters });
    const { Volumes } = await docker.listVolumes({ filters });
    return [...containers.flatMap(({ Names }) => Names), ...(Volumes ?? []).map(({ Name }) => Name)];
  };
  return {
    runtime,
    directory,
    docker,
    left,
    async [Symbol.asyncDispose]() {
      for (const { id } of await runtime.list(patient())) await runtime.destroy(id, patient());
      for (const layer of (await runtime.snapshots?.list(patient())) ?? [])
        await runtime.snapshots?.remove(layer, patient());
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export function aSpec(with_: Partial<SandboxSpec> = {}): SandboxSpec {
  return { id: newIds.sandbox(), layers: [], mounts: [], limits: {}, hostname: 'mars', ...with_ };
}

export function sh(script: string): SandboxCommand {
  return { argv: ['sh', '-c', script], env: { PATH: '/usr/bin:/bin', HOME: '/home/agent' }, cwd: '/workspace' };
}
