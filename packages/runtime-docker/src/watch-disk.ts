import { writeFile } from 'node:fs/promises';
import type { SandboxId } from '@cspace/domain';
import { containerOf } from './container-of.ts';
import type { Context } from './context.ts';
import { sandboxPaths } from './sandbox-paths.ts';
import { sandboxSpecs } from './sandbox-specs.ts';
import { stopSandbox } from './stop.ts';

/** The engine walks all that a container wrote to tell its size. */
const EVERY_MS = 15_000;

/** Ends runs that have written more than their limit: most engines' storage cannot do so itself. */
export function watchDisk(context: Context): Disposable {
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void lookAtAll(context).finally(() => {
      looking = false;
    });
  }, EVERY_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function lookAtAll(context: Context): Promise<void> {
  for (const { id, limits } of await sandboxSpecs(context.directory)) {
    const { diskBytes } = limits;
    // An engine that is away is told to whoever asks for something; the next look is soon.
    if (diskBytes !== undefined) await endIfOver(context, id, diskBytes).catch(() => undefined);
  }
}

/** Gives whether it was over. */
export async function endIfOver(context: Context, id: SandboxId, diskBytes: number): Promise<boolean> {
  const signal = AbortSignal.timeout(60_000);
  const container = await containerOf(context, id, signal);
  if (container?.info.State.Running !== true) return false;
  // Its type does not know that it is told with `size`.
  const { SizeRw = 0 } = (await container.api.inspect({ size: true } as object)) as { readonly SizeRw?: number };
  if (SizeRw <= diskBytes) return false;
  await context.alone(id, async () => {
    await writeFile(sandboxPaths(context.directory, id).limit, 'disk', { mode: 0o600 });
    await stopSandbox(context, id, 0, signal);
  });
  return true;
}
