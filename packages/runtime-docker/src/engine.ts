import { Fault, isFault } from '@cspace/domain';
import Docker from 'dockerode';

/** How long one answer of the engine may take. Builds, pulls and waits have their own. */
const ANSWER_MS = 60_000;

/** The engine's API, and what went wrong with it in words of ours. */
export type Engine = {
  readonly docker: Docker;
  /** Where it listens, for messages. */
  readonly address: string;
  /**
   * Whether directories of this machine, and sockets in them, can be mounted: its own engine's can, one's that is reached over
   * a network or runs in a virtual machine cannot. Asked of it once.
   */
  mounts(signal: AbortSignal): Promise<boolean>;
  /** Asks it something within the time an answer may take. Whatever fails is a Fault: `Cannot <doing>: …`. */
  ask<T>(
    doing: string,
    signal: AbortSignal,
    question: (signal: AbortSignal) => Promise<T>,
    mostMs?: number,
  ): Promise<T>;
};

/** What proves who is who to an engine that is reached over TLS; PEM. */
export type EngineTls = { readonly ca: string; readonly cert: string; readonly key: string };

/** The engine at `DOCKER_HOST`'s kind of address; the socket of a system's engine by default. */
export function openEngine(host: string = 'unix:///var/run/docker.sock', tls?: EngineTls): Engine {
  const docker = new Docker({ ...connectionTo(host, tls !== undefined), ...tls });
  let mounts: Promise<boolean> | undefined;
  const engine: Engine = {
    docker,
    address: host,
    mounts(signal) {
      mounts ??= canMount(engine, signal).catch((error: unknown) => {
        mounts = undefined;
        throw error;
      });
      return mounts;
    },
    async ask(doing, signal, question, mostMs = ANSWER_MS) {
      signal.throwIfAborted();
      const late = AbortSignal.timeout(mostMs);
      try {
        return await question(AbortSignal.any([signal, late]));
      } catch (error) {
        if (isFault(error)) throw error;
        signal.throwIfAborted();
        throw faultOf(doing, host, error, late.aborted);
      }
    },
  };
  return engine;
}

/** Docker Desktop listens at a socket of the machine, and runs containers in one of its own. */
async function canMount(engine: Engine, signal: AbortSignal): Promise<boolean> {
  if (!engine.address.startsWith('unix:') || process.platform !== 'linux') return false;
  const { OperatingSystem } = await engine.ask(
    'use Docker',
    signal,
    () => engine.docker.info() as Promise<{ readonly OperatingSystem?: string }>,
  );
  return OperatingSystem !== 'Docker Desktop';
}

function connectionTo(host: string, hasTls: boolean): Docker.DockerOptions {
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  const url = URL.canParse(host) ? new URL(host) : undefined;
  if (url?.protocol === 'tcp:' || url?.protocol === 'http:') {
    const [protocol, port] = hasTls ? (['https', '2376'] as const) : (['http', '2375'] as const);
    return { protocol, host: url.hostname, port: url.port || port };
  }
  throw new Fault('invalid', `Cannot use the Docker engine ${host}: it is not unix:///PATH or tcp://HOST:PORT`, {
    hint: 'Set DOCKER_HOST to one of these, or unset it',
  });
}

const GONE = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'EACCES', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT'];

function faultOf(doing: string, host: string, error: unknown, isLate: boolean): Fault {
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = 'code' in cause ? String(cause.code) : '';
  if (code === 'EACCES') {
    return new Fault('lacking', `Cannot ${doing}: this user may not open ${host}`, {
      cause,
      hint: 'Add the user to the group docker, or set DOCKER_HOST to an engine of their own',
    });
  }
  if (isLate || GONE.includes(code) || /socket hang up/.test(cause.message)) {
    return new Fault('unavailable', `Cannot ${doing}: the Docker engine at ${host} does not answer`, {
      cause,
      hint: 'Start it (systemctl start docker), or set DOCKER_HOST to where it is',
    });
  }
  const why = messageOf(cause);
  if (/no space left on device/i.test(why)) {
    return new Fault('limit', `Cannot ${doing}: there is no space left for the Docker engine`, {
      cause,
      hint: 'Free some: docker system df tells what takes it',
    });
  }
  return new Fault('failed', `Cannot ${doing}: ${why}`, { cause });
}

/** What the engine said, without dockerode's words around it. */
function messageOf(error: Error): string {
  const json = 'json' in error ? (error.json as { message?: unknown } | null) : null;
  const said = typeof json?.message === 'string' ? json.message : error.message;
  return said.trim().split('\n')[0] ?? said;
}

/** The status of the engine's answer, when that is what the error is. */
export function statusOf(error: unknown): number | undefined {
  const cause = isFault(error) ? error.cause : error;
  return cause instanceof Error && 'statusCode' in cause && typeof cause.statusCode === 'number'
    ? cause.statusCode
    : undefined;
}

/** Undefined where the engine answers with that status. */
export function unless(status: number): <T>(answer: Promise<T>) => Promise<T | undefined> {
  return async (answer) => {
    try {
      return await answer;
    } catch (error) {
      if (statusOf(error) === status) return undefined;
      throw error;
    }
  };
}

/** Undefined where the engine says that there is no such thing. */
export const unlessMissing = unless(404);
/** Undefined where it says that it was so already, as of a container that has ended by itself just before it is stopped. */
export const unlessDone = unless(304);
