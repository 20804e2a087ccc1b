import type { SandboxService, SandboxSpec } from '@cspace/domain';
import type Docker from 'dockerode';
import { containerName, serviceName } from './container-name.ts';
import { isolated } from './isolated.ts';
import { LABEL, labelsOf } from './label.ts';

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
