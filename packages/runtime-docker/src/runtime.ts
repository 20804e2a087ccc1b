import { randomBytes } from 'node:crypto';
import { oneAtATime, type Runtime } from '@cspace/domain';
import type { Context } from './context.ts';
import { copies } from './copies.ts';
import { createSandbox } from './create.ts';
import { destroySandbox } from './destroy.ts';
import { type EngineTls, openEngine } from './engine.ts';
import { images } from './images.ts';
import { installationId } from './installation-id.ts';
import { listSandboxes } from './list.ts';
import { probe } from './probe.ts';
import { relays } from './relays.ts';
import { serviceContainers } from './service-containers.ts';
import { snapshots } from './snapshots.ts';
import { startSandbox } from './start.ts';
import { stopSandbox } from './stop.ts';
import { watchDisk } from './watch-disk.ts';

/** What a session runs in when its project names no image; built by tools/images/build-image.sh. */
const DEFAULT_IMAGE = 'cspace/base:bookworm';

export type DockerOptions = {
  /** Ours alone; absolute. What was asked for each sandbox is recorded in it. */
  readonly directory: string;
  /** The engine, as `DOCKER_HOST` names it; the system's own when absent. */
  readonly host?: string | undefined;
  /** For one that asks for certificates, as `DOCKER_TLS_VERIFY` says. */
  readonly tls?: EngineTls | undefined;
  readonly defaultImage?: string;
  /** Directories that mounts may be below, beside `directory`. */
  readonly shown: readonly string[];
};

/**
 * Sandboxes as containers of a Docker engine. Nothing is asked of it before a verb is. Disposing of it stops the watch over
 * disks and the doors that it carries; sandboxes go on.
 */
export function dockerRuntime(options: DockerOptions): Runtime & Disposable {
  const context = contextOf(options);
  const runtime: Runtime = {
    kind: 'docker',
    snapshots: snapshots(context),
    images: images(context),
    services: serviceContainers(context),
    create: (spec, signal) => context.alone(spec.id, () => createSandbox(context, spec, signal)),
    start: (id, command, signal) => context.alone(id, () => startSandbox(context, id, command, signal)),
    stop: (id, graceMs, signal) => context.alone(id, () => stopSandbox(context, id, graceMs, signal)),
    destroy: (id, signal) => context.alone(id, () => destroySandbox(context, id, signal)),
    list: (signal) => listSandboxes(context, signal),
    probe: (signal) => probe(context, runtime, signal),
  };
  const watch = watchDisk(context);
  return {
    ...runtime,
    [Symbol.dispose]() {
      watch[Symbol.dispose]();
      context.relays.closeAll();
    },
  };
}

export function contextOf({ directory, host, tls, defaultImage = DEFAULT_IMAGE, shown }: DockerOptions): Context {
  let found: Promise<string> | undefined;
  const installation = () => {
    found ??= installationId(directory).catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
  const engine = openEngine(host, tls);
  return {
    directory,
    engine,
    installation,
    run: randomBytes(8).toString('hex'),
    copies: copies({ engine, installation }),
    relays: relays(engine),
    defaultImage,
    shown,
    alone: oneAtATime(),
    seen: new Map(),
  };
}
