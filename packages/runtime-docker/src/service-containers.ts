import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, type SandboxId, type SandboxService, type SandboxSpec, type Services } from '@cspace/domain';
import type Docker from 'dockerode';
import { serviceName } from './container-name.ts';
import { containerOf, inspect } from './container-of.ts';
import type { Context } from './context.ts';
import { statusOf } from './engine.ts';
import { removeContainer } from './remove-container.ts';
import { readSpec } from './sandbox-specs.ts';
import { serviceContainer } from './service-container.ts';
import { ensureVolumes, volumeName } from './volumes.ts';

const HEALTHY_MS = 60_000;
/** One that nobody can ask runs if it has not ended by then: what cannot start ends at once. */
const SETTLED_MS = 500;
const LOOK_MS = 100;
const LAST_WORDS_BYTES = 4096;

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
  try {
    await engine.ask(`start the service ${name}`, signal, (abortSignal) => container.start({ abortSignal }));
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
    if (!State.Running)
      throw await unhealthy(context, container, name, `it ended with exit code ${State.ExitCode}`, signal);
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
  const said = await lastSaid(context, container, LAST_WORDS_BYTES, signal).catch(() => '');
  const last = said.trim().split('\n').slice(-5).join('; ');
  return new Fault('failed', `Cannot start service ${name}: ${why}${last === '' ? '' : `: ${last}`}`, {
    hint: `cspace logs NAME --service ${name} shows all it said`,
  });
}

async function lastSaid(
  { engine }: Context,
  container: Docker.Container,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string> {
  const framed = await engine.ask('read the log of a service', signal, (abortSignal) =>
    container.logs({ stdout: true, stderr: true, follow: false, tail: 10_000, abortSignal }),
  );
  return withoutFrames(framed).subarray(-maxBytes).toString('utf8');
}

/** The engine marks each piece with its stream and length: https://docs.docker.com/reference/api/engine/ (attach). */
function withoutFrames(framed: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= framed.length; ) {
    const length = framed.readUInt32BE(at + 4);
    parts.push(framed.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts);
}
