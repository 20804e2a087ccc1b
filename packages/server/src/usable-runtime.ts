import { Fault, type Runtime, type RuntimeKind } from '@cspace/domain';

/**
 * Says which runtime a session gets, once it was really tried here; a `lacking` Fault with the next step when it does not
 * work. A success is remembered, a failure is not: what was missing may have been installed since.
 */
export function usableRuntime(
  runtime: Pick<Runtime, 'kind' | 'probe'>,
): (asked: RuntimeKind | undefined) => Promise<RuntimeKind> {
  let worked: Promise<void> | undefined;
  return async (asked) => {
    if (asked !== undefined && asked !== runtime.kind) {
      throw new Fault('lacking', `Cannot make a sandbox: this version of cspace has no runtime ${asked}`, {
        hint: `Leave --runtime away; ${runtime.kind} is used`,
      });
    }
    worked ??= tryIt(runtime);
    try {
      await worked;
    } catch (error) {
      worked = undefined;
      throw error;
    }
    return runtime.kind;
  };
}

async function tryIt(runtime: Pick<Runtime, 'kind' | 'probe'>): Promise<void> {
  const report = await runtime.probe(new AbortController().signal);
  if (report.usable) return;
  const missing = report.problems.find((problem) => problem.severity === 'missing');
  throw new Fault('lacking', `Cannot make a sandbox: ${missing?.what ?? `${runtime.kind} does not work here`}`, {
    hint: missing?.hint ?? 'cspace doctor tells what is missing',
  });
}
