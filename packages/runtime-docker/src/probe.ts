import { randomBytes } from 'node:crypto';
import { ids, isFault, type Runtime, type RuntimeProblem, type RuntimeReport } from '@cspace/domain';
import type { Context } from './context.ts';
import type { Engine } from './engine.ts';
import { images } from './images.ts';

/** Node's names for what engines say. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'x64', aarch64: 'arm64', armv7l: 'arm' };

/** Asks the engine what it is, and starts a container for real where the default image is there. */
export async function probe(context: Context, runtime: Runtime, signal: AbortSignal): Promise<RuntimeReport> {
  const { engine } = context;
  const report = (
    usable: boolean,
    version: string | undefined,
    problems: readonly RuntimeProblem[],
  ): RuntimeReport => ({
    kind: 'docker',
    usable,
    version,
    limits: usable
      ? { memory: 'engine (cgroup)', cpus: 'engine (cgroup)', pids: 'engine (cgroup)', disk: 'measured every 15 s' }
      : {},
    problems,
  });
  try {
    const [info, { Version }] = await Promise.all([
      engine.ask('use Docker', signal, () => engine.docker.info() as Promise<EngineInfo>),
      engine.ask('use Docker', signal, () => engine.docker.version()),
    ]);
    const problems = [...weaknesses(info), ...openLine(engine)];
    if (info.OSType !== 'linux') {
      const what = `the engine runs containers of ${info.OSType}`;
      return report(false, Version, [{ severity: 'missing', what, hint: 'Switch it to Linux containers' }]);
    }
    const foreign = (await engine.mounts(signal)) ? undefined : otherMachine(info);
    if (foreign !== undefined) return report(false, Version, [foreign]);
    const tried = await tryIt(context, runtime, signal);
    return report(tried?.severity !== 'missing', Version, [...problems, ...(tried === undefined ? [] : [tried])]);
  } catch (error) {
    if (!isFault(error)) throw error;
    const hint = error.hint ?? 'Install Docker, or use another runtime';
    return report(false, undefined, [{ severity: 'missing', what: error.message, hint }]);
  }
}

type EngineInfo = {
  readonly OSType: string;
  /** As `uname -m` says it. */
  readonly Architecture?: string;
  readonly SecurityOptions?: readonly string[];
  readonly MemoryLimit?: boolean;
};

/** What runs inside is copied from here, and has to run there. */
function otherMachine({ Architecture = '' }: EngineInfo): RuntimeProblem | undefined {
  const here = `${process.platform}/${process.arch}`;
  const there = `linux/${ARCHITECTURES[Architecture] ?? Architecture}`;
  if (here === there) return undefined;
  return {
    severity: 'missing',
    what: `the engine runs programs for ${there}, and those of this server are for ${here}`,
    hint: 'Run the server on a machine like the engine, such as in a Linux virtual machine beside it',
  };
}

/** Whoever can speak to an engine has its machine. */
function openLine({ address, docker }: Engine): readonly RuntimeProblem[] {
  const { protocol, host } = docker.modem as { readonly protocol?: string; readonly host?: string };
  if (address.startsWith('unix:') || protocol === 'https' || isLoopback(host ?? '')) return [];
  return [
    weaker(
      `${address} is spoken to without TLS: whoever is on the way can use the engine, which is to be root there`,
      'Set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or forward its socket with ssh -NL',
    ),
  ];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function weaknesses({ SecurityOptions = [], MemoryLimit }: EngineInfo): readonly RuntimeProblem[] {
  const has = (name: string) => SecurityOptions.some((option) => option.includes(`name=${name}`));
  return [
    ...(has('seccomp')
      ? []
      : [weaker('the engine has no system call filter (seccomp)', 'Use an engine that is built with seccomp')]),
    ...(has('userns') || has('rootless')
      ? []
      : [
          weaker(
            'users inside are the same users outside, in their own namespaces',
            'Turn on userns-remap in the engine, or run it rootless',
          ),
        ]),
    ...(MemoryLimit === false ? [weaker('the engine cannot limit memory', 'Turn the memory controller on')] : []),
  ];
}

async function tryIt(context: Context, runtime: Runtime, signal: AbortSignal): Promise<RuntimeProblem | undefined> {
  const id = ids((size) => randomBytes(size)).sandbox();
  try {
    await images(context).ready({ as: 'sandbox' }, signal);
  } catch (error) {
    // Sessions with an image of their own work.
    if (isFault(error, 'lacking'))
      return weaker(error.message.replace(/^Cannot [^:]*: /, 'no default image: '), error.hint ?? '');
    throw error;
  }
  try {
    await runtime.create({ id, layers: [], mounts: [], limits: {}, hostname: 'probe' }, signal);
    await runtime.start(id, { argv: ['true'], env: { PATH: '/usr/bin:/bin' }, cwd: '/' }, signal);
    return undefined;
  } catch (error) {
    if (!isFault(error)) throw error;
    return { severity: 'missing', what: error.message, hint: error.hint ?? 'See what the engine says: docker info' };
  } finally {
    await runtime.destroy(id, new AbortController().signal);
  }
}

function weaker(what: string, hint: string): RuntimeProblem {
  return { severity: 'weaker', what, hint };
}
