import { startEngine } from '../../tools/engine.ts';

/** Where a Docker engine listens for as long as the row runs: the one of the environment, else one of ours; or why there is none. */
export async function benchEngine(
  cleanup: AsyncDisposableStack,
): Promise<{ readonly host: string } | { readonly notMeasured: string }> {
  const engine = await startEngine((line) => console.error(line));
  if (typeof engine === 'string') return { notMeasured: engine };
  cleanup.defer(() => engine.stop());
  return { host: engine.host };
}
