import type { Config } from './config/config.ts';
import { Fault } from './fault.ts';

/** A service that the supervisor runs as a process in the sandbox. */
export type InsideService = {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** Over the session's. */
  readonly env: Readonly<Record<string, string>>;
  readonly health?: string;
  readonly ports: readonly number[];
  /** Made before it starts. They are the sandbox's own, and so are kept as long as it is. */
  readonly directories: readonly string[];
};

/** A service in a container of its own, in the sandbox's network namespace. */
export type BesideService = {
  readonly name: string;
  /** As a person writes it: `postgres:16`. */
  readonly image: string;
  /** Absent: what the image runs by itself. */
  readonly argv?: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly health?: string;
  readonly ports: readonly number[];
  readonly volumes: readonly { readonly name: string; readonly target: string }[];
};

export type SessionServices = {
  /** Every service, in the order of the configuration: one may need those before it. */
  readonly all: readonly (InsideService | BesideService)[];
  readonly inside: readonly InsideService[];
  readonly beside: readonly BesideService[];
};

type Service = NonNullable<Config['services']>[string];

/** Where the user of a sandbox may write, on every runtime. */
const WRITABLE = ['/home/agent', '/workspace', '/tmp', '/var/tmp'];

/**
 * Where the services of a configuration run. One with a command and no image is a process in the sandbox; on a runtime without
 * containers, so is every one with a command. Faults: `lacking` for one that is only an image there, `invalid` for one that can
 * run nowhere.
 */
export function servicesFor(services: Config['services'], hasContainers: boolean): SessionServices {
  const all = Object.entries(services ?? {}).map(([name, service]) => serviceFor(name, service, hasContainers));
  refuseSharedPorts(all);
  return {
    all,
    inside: all.filter((each) => 'directories' in each),
    beside: all.filter((each) => 'volumes' in each),
  };
}

function serviceFor(name: string, service: Service, hasContainers: boolean): InsideService | BesideService {
  const { image, command, env = {}, ports = [], health, volumes = [] } = service;
  const argv = command === undefined ? undefined : argvOf(name, command);
  const shared = { name, env, ports: [...new Set(ports)], ...(health === undefined ? {} : { health }) };
  const places = volumes.map(volumeOf);
  if (image !== undefined && hasContainers) {
    return { ...shared, image, ...(argv === undefined ? {} : { argv }), volumes: places };
  }
  if (argv !== undefined) return { ...shared, argv, directories: places.map(({ target }) => writable(name, target)) };
  if (image === undefined) {
    throw new Fault('invalid', `Cannot run service ${name}: it has neither a command nor an image`, {
      hint: `Give services.${name} a command`,
    });
  }
  throw new Fault('lacking', `Cannot run service ${name}: this runtime has no containers for its image ${image}`, {
    hint: `Give services.${name} a command to run in the sandbox, or use --runtime docker`,
  });
}

function argvOf(name: string, command: string | readonly string[]): [string, ...string[]] {
  if (typeof command === 'string') return ['sh', '-c', command];
  const [file, ...rest] = command;
  if (file === undefined || file === '') {
    throw new Fault('invalid', `Cannot run service ${name}: its command has no program`, {
      hint: `The first word of services.${name}.command is the program`,
    });
  }
  return [file, ...rest];
}

function volumeOf(volume: string): { readonly name: string; readonly target: string } {
  const at = volume.indexOf(':');
  return { name: volume.slice(0, at), target: volume.slice(at + 1) };
}

function writable(name: string, target: string): string {
  const isPlain = !target.split('/').some((part) => part === '..' || part === '.');
  if (isPlain && WRITABLE.some((place) => target.startsWith(`${place}/`))) return target;
  throw new Fault('invalid', `Cannot run service ${name}: it may not write its volume ${target}`, {
    hint: `Without a container, a volume is a directory below ${WRITABLE.join(', ')}`,
  });
}

/** All are on the one localhost of the sandbox. */
function refuseSharedPorts(services: readonly { readonly name: string; readonly ports: readonly number[] }[]): void {
  const owners = new Map<number, string>();
  for (const { name, ports } of services) {
    for (const port of ports) {
      const owner = owners.get(port);
      owners.set(port, name);
      if (owner === undefined) continue;
      throw new Fault('invalid', `Cannot run service ${name}: ${owner} has port ${port} too`, {
        hint: "A sandbox's services share its localhost: give each a port of its own",
      });
    }
  }
}
