import { Fault, type SandboxSpec } from '@cspace/domain';
import type Docker from 'dockerode';
import { containerName } from './container-name.ts';
import { isolated } from './isolated.ts';
import { labelsOf } from './label.ts';

/** Where a sandbox's container finds what it is to run. */
const RUN_DIRECTORY = '/opt/cspace-run';

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
      // A service answers to its name as well, which is what compose files use.
      ExtraHosts: [spec.hostname, ...(spec.services ?? []).map(({ name }) => name)].map((name) => `${name}:127.0.0.1`),
      Mounts: mounts.map(({ source, target, mode }) => ({
        Type: 'bind',
        Source: source,
        Target: target,
        ReadOnly: mode === 'read-only',
      })),
    },
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
