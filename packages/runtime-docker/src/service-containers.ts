import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, type SandboxId, type SandboxService, type SandboxSpec, type Services } from '@cspace/domain';
import type Docker from 'dockerode';
import { serviceName } from './container-name.ts';
import { containerOf, inspect } from './container-of.ts';
import type { Context } from './context.ts';
import { statusOf } from './engine.ts';
import { lastSaid } from './last-said.ts';
import { removeContainer } from './remove-container.ts';
import { readSpec } from './sandbox-specs.ts';
import { serviceContainer } from './service-container.ts';
import { howEnded, lastWords, serviceEnded } from './service-ended.ts';
import { ensureVolumes, volumeName } from './volumes.ts';

const HEALTHY_MS = 60_000;
/** One that nobody can ask runs if it has not ended by then: what cannot start ends at once. */
const SETTLED_MS = 500;
const LOOK_MS = 100;

/** Services as containers in the network namespace of their sandbox. */
export function serviceContainers(context: Context): Services {
  /** Each is started once, however many ask. */
  const starting = new Map<string, Promise<void>>();
  return {
    async start(id, service, signal) {
      const name = serviceName(id, service);
      const mine = starting.get(name) ?? startService(context, id, service, signal);
      starting.set(name, mine);
      try {
        await mine;
      } finally {
        if (starting.get(name) === mine) starting.delete(name);
      }
    },
    async ended(id, service, signal) {
      await serviceOf(context, id, service);
      return serviceEnded(context, serviceName(id, service), signal);
    },
    async log(id, service, maxBytes, signal) {
      await serviceOf(context, id, service);
      const found = await inspect(context, serviceName(id, service), signal);
      return found === undefined ? '' : lastSaid(context, found.api, maxBytes, signal);
    },
  };
}

async function serviceOf(
  { directory }: Context,
  id: SandboxId,
  name: string,
): Promise<{ readonly spec: SandboxSpec; readonly service: SandboxService }> {
  const spec = await readSpec(directory, id);
  const service = spec?.services?.find((each) => each.name === name);
  if (spec === undefined || service === undefined)
    throw new Fault('not-found', `Cannot find service ${name}: ${id} has none of that name`);
  return { spec, service };
}

async function startService(context: Context, id: SandboxId, name: string, signal: AbortSignal): Promise<void> {
  // Alone, so that it is there for a stop that comes next; that does not wait until it is healthy.
  const container = await context.alone(id, () => runService(context, id, name, signal));
  try {
    await untilHealthy(context, container, name, signal);
  } catch (error) {
    if (signal.aborted || statusOf(error) !== undefined) await takeBack(context, container, name);
    throw error;
  }
}

/** The container of a service that runs, found or made. */
async function runService(
  context: Context,
  id: SandboxId,
  name: string,
  signal: AbortSignal,
): Promise<Docker.Container> {
  const { engine } = context;
  const { spec, service } = await serviceOf(context, id, name);
  const sandbox = await containerOf(context, id, signal);
  if (sandbox?.info.State.Running !== true)
    throw new Fault('conflict', `Cannot start service ${name}: its sandbox does not run`);
  const found = await inspect(context, serviceName(id, name), signal);
  // One of a former run is in a network namespace that is gone.
  const isBefore = found !== undefined && Date.parse(found.info.Created) < Date.parse(sandbox.info.State.StartedAt);
  if (found?.info.State.Running === true && !isBefore) return found.api;
  // One that has died in this run goes on with what it had written and said.
  if (found !== undefined && !isBefore) return launched(context, found.api, name, signal);
  if (found !== undefined) await removeContainer(engine, found.api, `start the service ${name}`, signal);
  await ensureVolumes(context, spec, service, signal);
  const installation = await context.installation();
  const options = serviceContainer({
    spec,
    service,
    installation,
    volumeName: (volume) => volumeName(id, name, volume),
  });
  const container = await engine.ask(`start the service ${name}`, signal, () => engine.docker.createContainer(options));
  return launched(context, container, name, signal);
}

async function launched(
  context: Context,
  container: Docker.Container,
  name: string,
  signal: AbortSignal,
): Promise<Docker.Container> {
  try {
    await context.engine.ask(`start the service ${name}`, signal, (abortSignal) => container.start({ abortSignal }));
    return container;
  } catch (error) {
    await takeBack(context, container, name);
    throw error;
  }
}

async function takeBack({ engine }: Context, container: Docker.Container, name: string): Promise<void> {
  const never = new AbortController().signal;
  await removeContainer(engine, container, `stop the service ${name}`, never).catch(() => undefined);
}

async function untilHealthy(
  context: Context,
  container: Docker.Container,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const startedMs = Date.now();
  const deadline = startedMs + HEALTHY_MS;
  for (;;) {
    const { State } = await context.engine.ask(`look at the service ${name}`, signal, (abortSignal) =>
      container.inspect({ abortSignal }),
    );
    if (!State.Running) throw await unhealthy(context, container, name, howEnded(State), signal);
    const isChecked = State.Health !== undefined && State.Health.Status !== 'none';
    if (isChecked ? State.Health?.Status === 'healthy' : Date.now() - startedMs > SETTLED_MS) return;
    if (Date.now() > deadline)
      throw await unhealthy(context, container, name, `it was not healthy within ${HEALTHY_MS / 1000} s`, signal);
    await sleep(LOOK_MS, undefined, { signal });
  }
}

async function unhealthy(
  context: Context,
  container: Docker.Container,
  name: string,
  why: string,
  signal: AbortSignal,
): Promise<Fault> {
  const last = await lastWords(context, container, signal);
  return new Fault('failed', `Cannot start service ${name}: ${why}${last === '' ? '' : `: ${last}`}`, {
    hint: `cspace logs NAME --service ${name} shows all it said`,
  });
}
