import { Fault, mountsOf, type SandboxMount, type SandboxSpec } from '@cspace/domain';
import type Docker from 'dockerode';
import { containerName } from './container-name.ts';
import { isolated } from './isolated.ts';
import { labelsOf } from './label.ts';
import { RELAY_USER } from './relays.ts';

/** Where a sandbox's container finds what it is to run. */
export const RUN_DIRECTORY = '/opt/cspace-run';

/** The container of a sandbox: no network, no capability, the image's `agent`. Its name is its id, so one is made at most. */
export function sandboxContainer(given: {
  readonly spec: SandboxSpec;
  readonly image: string;
  readonly installation: string;
  /** The directory with the start script. */
  readonly run: string;
  readonly shown: readonly string[];
  /** For an engine that cannot mount directories of this machine: gives the volume with what is in one. */
  readonly copied: ((mount: SandboxMount) => string | undefined) | undefined;
}): Docker.ContainerCreateOptions {
  const { spec, image, installation, shown, copied } = given;
  checkSpec(spec, shown);
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
      // A service answers to its name as well, which is what compose files use.
      ExtraHosts: [spec.hostname, ...(spec.services ?? []).map(({ name }) => name)].map((name) => `${name}:127.0.0.1`),
      ...(copied === undefined ? boundDirectories(spec, given.run) : copiedDirectories(spec, copied)),
    },
  };
}

function boundDirectories(spec: SandboxSpec, run: string): Pick<Docker.HostConfig, 'Mounts'> {
  const all = [{ source: run, target: RUN_DIRECTORY, mode: 'read-only' } as const, ...mountsOf(spec)];
  return {
    Mounts: all.map(({ source, target, mode }) => ({
      Type: 'bind',
      Source: source,
      Target: target,
      ReadOnly: mode === 'read-only',
    })),
  };
}

/** The door is where a relay listens, in a directory that only it can write. */
function copiedDirectories(
  { mounts, door }: SandboxSpec,
  copied: (mount: SandboxMount) => string | undefined,
): Pick<Docker.HostConfig, 'Mounts' | 'Tmpfs'> {
  return {
    Mounts: mounts.flatMap((mount) => {
      const volume = copied(mount);
      if (volume === undefined) return [];
      return [{ Type: 'volume' as const, Source: volume, Target: mount.target, ReadOnly: true }];
    }),
    ...(door === undefined
      ? {}
      : { Tmpfs: { [door.target]: `size=64k,mode=0755,uid=${RELAY_USER},gid=${RELAY_USER}` } }),
  };
}

/** Refuses a spec that could mean something else to the engine, or show what is not ours. */
function checkSpec(spec: SandboxSpec, shown: readonly string[]): void {
  const refuse = (why: string) => new Fault('invalid', `Cannot create ${spec.id}: ${why}`);
  if (!/^[A-Za-z0-9]([A-Za-z0-9-]{0,62})$/.test(spec.hostname))
    throw refuse('the host name has other characters than letters, digits and "-"');
  for (const { source, target } of mountsOf(spec)) {
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
