import { type Config, Fault, type Runtime, type RuntimeKind } from '@cspace/domain';
import type { Runtimes } from './runtimes.ts';

/** Which runtime a session gets, once it was really tried here; a `lacking` Fault with the next step when it does not work. */
export type UsableRuntime = (asked: RuntimeKind | undefined, config: Config) => Promise<RuntimeKind>;

/**
 * The runtime asked for, else the configured one. `auto` is the one that can make what the project needs: with images when it
 * names one, otherwise the first that works. A success is remembered, a failure is not: what was missing may have been
 * installed since.
 */
export function usableRuntime(runtimes: Runtimes): UsableRuntime {
  const worked = new Map<RuntimeKind, Promise<void>>();

  const tried = async (runtime: Runtime): Promise<RuntimeKind> => {
    const trying = worked.get(runtime.kind) ?? tryIt(runtime);
    worked.set(runtime.kind, trying);
    try {
      await trying;
      return runtime.kind;
    } catch (error) {
      if (worked.get(runtime.kind) === trying) worked.delete(runtime.kind);
      throw error;
    }
  };

  return async (asked, config) => {
    const configured = config.sandbox?.runtime ?? 'auto';
    const wanted = asked ?? (configured === 'auto' ? undefined : configured);
    if (wanted !== undefined) return tried(runtimes.of(wanted));
    const fit = runtimes.all.filter(({ images }) => !needsImages(config) || images !== undefined);
    let first: unknown;
    for (const runtime of fit) {
      try {
        return await tried(runtime);
      } catch (error) {
        first ??= error;
      }
    }
    throw first ?? new Fault('lacking', 'Cannot make a sandbox: no runtime of this server has images');
  };
}

/** Whether a project can only be had where there are images. */
function needsImages({ sandbox, services = {} }: Config): boolean {
  const isImage = sandbox?.image !== undefined || (sandbox?.devcontainer ?? false) !== false;
  return isImage || Object.values(services).some(({ image, command }) => image !== undefined && command === undefined);
}

async function tryIt(runtime: Pick<Runtime, 'kind' | 'probe'>): Promise<void> {
  const report = await runtime.probe(new AbortController().signal);
  if (report.usable) return;
  const missing = report.problems.find((problem) => problem.severity === 'missing');
  throw new Fault('lacking', `Cannot make a sandbox: ${missing?.what ?? `${runtime.kind} does not work here`}`, {
    hint: missing?.hint ?? 'cspace doctor tells what is missing',
  });
}
