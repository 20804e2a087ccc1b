import { writeFile } from 'node:fs/promises';
import type { SandboxSpec } from '@cspace/domain';
import { containerOf } from './container-of.ts';
import type { Context } from './context.ts';
import { sandboxPaths } from './sandbox-paths.ts';
import { sandboxSpecs } from './sandbox-specs.ts';
import { stopSandbox } from './stop.ts';
import { type VolumeSizes, volumeSizes, writtenBytes } from './written-bytes.ts';

/** The engine walks all that a container wrote to tell its size. */
const EVERY_MS = 15_000;
/** A look that took long is followed by a rest this many times as long, so that an engine is never busy with them alone. */
const REST = 4;

/** Ends runs that have written more than their limit: most engines' storage cannot do so itself. */
export function watchDisk(context: Context): Disposable {
  let looking = false;
  let restsUntil = 0;
  const timer = setInterval(() => {
    const started = performance.now();
    if (looking || started < restsUntil) return;
    looking = true;
    void lookAtAll(context).finally(() => {
      looking = false;
      const ended = performance.now();
      restsUntil = ended + (ended - started) * REST;
    });
  }, EVERY_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function lookAtAll(context: Context): Promise<void> {
  let sizes: Promise<VolumeSizes> | undefined;
  const volumes = () => {
    sizes ??= volumeSizes(context, AbortSignal.timeout(60_000));
    return sizes;
  };
  for (const spec of await sandboxSpecs(context.directory)) {
    // An engine that is away is told to whoever asks for something; the next look is soon.
    await endIfOver(context, spec, volumes).catch(() => undefined);
  }
}

/** Gives whether it was over its limit. `volumes`: what those of the engine take, asked at most once a look. */
export async function endIfOver(
  context: Context,
  spec: SandboxSpec,
  volumes: () => Promise<VolumeSizes>,
): Promise<boolean> {
  const { id, limits } = spec;
  const { diskBytes } = limits;
  if (diskBytes === undefined) return false;
  const signal = AbortSignal.timeout(60_000);
  const container = await containerOf(context, id, signal);
  if (container?.info.State.Running !== true) return false;
  if ((await writtenBytes(context, spec, diskBytes, volumes, signal)) <= diskBytes) return false;
  await context.alone(id, async () => {
    // Stopped by somebody else meanwhile: then this is not why.
    if ((await containerOf(context, id, signal))?.info.State.Running !== true) return;
    await writeFile(sandboxPaths(context.directory, id).limit, 'disk', { mode: 0o600 });
    await stopSandbox(context, id, 0, signal);
  });
  return true;
}
