import { randomBytes } from 'node:crypto';
import { ids, isFault, type Runtime, type RuntimeProblem, type RuntimeReport } from '@cspace/domain';
import type { Context } from './context.ts';
import { images } from './images.ts';

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
    const problems = weaknesses(info);
    if (!engine.isLocal) {
      const hint = 'Set DOCKER_HOST to the Unix socket of an engine on this machine';
      return report(false, Version, [
        { severity: 'missing', what: `the engine at ${engine.address} may be on another machine`, hint },
      ]);
    }
    if (info.OSType !== 'linux') {
      const what = `the engine runs containers of ${info.OSType}`;
      return report(false, Version, [{ severity: 'missing', what, hint: 'Switch it to Linux containers' }]);
    }
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
  readonly SecurityOptions?: readonly string[];
  readonly MemoryLimit?: boolean;
};

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
