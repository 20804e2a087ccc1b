import { Fault, type SandboxLimits, type SandboxService, type SandboxSpec } from '@cspace/domain';
import type Docker from 'dockerode';
import { LABEL } from './label.ts';

/** Where a sandbox's container finds what it is to run. */
const RUN_DIRECTORY = '/opt/cspace-run';
const DEFAULT_PIDS = 4096;
/** A browser's and a database's shared memory; the engine's own default is 64 MB. */
const SHARED_MEMORY_BYTES = 1024 ** 3;

/** What isolates every container of ours: https://docs.docker.com/engine/security/ and the promises. */
function isolated(limits: SandboxLimits): Docker.HostConfig & { readonly CgroupnsMode: 'private' } {
  return {
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    IpcMode: 'private',
    CgroupnsMode: 'private',
    ShmSize: SHARED_MEMORY_BYTES,
    PidsLimit: limits.pids ?? DEFAULT_PIDS,
    ...(limits.memoryBytes === undefined ? {} : { Memory: limits.memoryBytes, MemorySwap: limits.memoryBytes }),
    ...(limits.cpus === undefined ? {} : { NanoCpus: Math.round(limits.cpus * 1e9) }),
  };
}

/** The container of a sandbox: no network, no capability, the image's `agent`. Its name is its id, so one is made at most. */
export function sandboxContainer(given: {
  readonly spec: SandboxSpec;
  readonly image: string;
  readonly installation: string;
  /** The directory with the start script. */
  readonly run: string;
  readonly shown: readonly string[];
}): Docker.ContainerCreateOptions {
  const { spec, image, installation, run, shown } = given;
  checkSpec(spec, shown);
  const mounts = [{ source: run, target: RUN_DIRECTORY, mode: 'read-only' } as const, ...spec.mounts];
  return {
    name: containerName(spec.id),
    Image: image,
    Hostname: spec.hostname,
    Entrypoint: ['/bin/sh', `${RUN_DIRECTORY}/start`],
    Cmd: [],
    WorkingDir: '/',
    Healthcheck: { Test: ['NONE'] },
    StopSignal: 'SIGTERM',
    Labels: labelsOf(spec, installation),
    HostConfig: {
      ...isolated(spec.limits),
      NetworkMode: 'none',
      Init: true,
      LogConfig: { Type: 'none', Config: {} },
      ExtraHosts: [`${spec.hostname}:127.0.0.1`],
      Mounts: mounts.map(({ source, target, mode }) => ({
        Type: 'bind',
        Source: source,
        Target: target,
        ReadOnly: mode === 'read-only',
      })),
    },
  };
}

/** What images of services need to set themselves up and become a user of their own; none reaches outside the container. */
const SERVICE_CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'];

/** The container of a service: the network namespace of its sandbox, its own volumes, nothing of the host. */
export function serviceContainer(given: {
  readonly spec: SandboxSpec;
  readonly service: SandboxService;
  readonly installation: string;
  readonly volumeName: (volume: string) => string;
}): Docker.ContainerCreateOptions {
  const { spec, service, installation, volumeName } = given;
  return {
    name: serviceName(spec.id, service.name),
    Image: service.image,
    ...(service.argv === undefined ? {} : { Entrypoint: [...service.argv], Cmd: [] }),
    Env: Object.entries(service.env).map(([name, value]) => `${name}=${value}`),
    Labels: { ...labelsOf(spec, installation), [LABEL.service]: service.name },
    Healthcheck:
      service.health === undefined
        ? { Test: ['NONE'] }
        : { Test: ['CMD-SHELL', service.health], Interval: 500e6, Timeout: 10e9, Retries: 1000, StartPeriod: 0 },
    HostConfig: {
      ...isolated(spec.limits),
      CapAdd: SERVICE_CAPABILITIES,
      NetworkMode: `container:${containerName(spec.id)}`,
      Init: true,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '2' } },
      Mounts: service.volumes.map(({ name, target }) => ({
        Type: 'volume',
        Source: volumeName(name),
        Target: target,
        ReadOnly: false,
      })),
    },
  };
}

export function containerName(id: SandboxSpec['id']): string {
  return `cspace-${id}`;
}

export function serviceName(id: SandboxSpec['id'], service: string): string {
  return `cspace-${id}-${service}`;
}

export function labelsOf(spec: SandboxSpec, installation: string): Record<string, string> {
  return {
    [LABEL.installation]: installation,
    [LABEL.sandbox]: spec.id,
    ...(spec.owner === undefined
      ? {}
      : { [LABEL.project]: spec.owner.projectId, [LABEL.session]: spec.owner.sessionId }),
  };
}

/** Refuses a spec that could mean something else to the engine, or show what is not ours. */
function checkSpec(spec: SandboxSpec, shown: readonly string[]): void {
  const refuse = (why: string) => new Fault('invalid', `Cannot create ${spec.id}: ${why}`);
  if (!/^[A-Za-z0-9]([A-Za-z0-9-]{0,62})$/.test(spec.hostname))
    throw refuse('the host name has other characters than letters, digits and "-"');
  for (const { source, target } of spec.mounts) {
    if (!plainPath(target) || target === '/' || !plainPath(source))
      throw refuse(`${JSON.stringify(target)} is not mounted by a plain absolute path`);
    if (!shown.some((directory) => source === directory || source.startsWith(`${directory}/`)))
      throw refuse(`${JSON.stringify(source)} is not a directory of this server`);
  }
}

function plainPath(path: string): boolean {
  if (!path.startsWith('/') || path.includes('\0')) return false;
  return path
    .slice(1)
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..');
}
