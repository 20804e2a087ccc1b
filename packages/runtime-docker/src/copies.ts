import { createHash } from 'node:crypto';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { oneAtATime } from '@cspace/domain';
import { directoryArchive } from './archive.ts';
import { inspect } from './container-of.ts';
import { type Engine, statusOf, unlessMissing } from './engine.ts';
import { LABEL, labelled } from './label.ts';
import { removeContainer } from './remove-container.ts';

/** Hundreds of megabytes over a slow line. */
const COPY_MS = 30 * 60_000;
/** Where a volume is in the container that it is filled through. */
const TARGET = '/copy';

/** Directories of this machine in volumes of an engine that cannot mount them. */
export type Copies = {
  /**
   * The volume with what a directory holds now; made once for each content. `image` is any one there: nothing of it is run. Those
   * of other contents that nobody mounts are taken away when one is made, but not this one until it is disposed of: the engine
   * would make an empty one of its name for a container that is made too late.
   */
  ready(source: string, image: string, signal: AbortSignal): Promise<HeldCopy>;
  /** Takes away those that nobody mounts. */
  tidy(signal: AbortSignal): Promise<void>;
};

export type HeldCopy = Disposable & { readonly volume: string };

type Given = { readonly engine: Engine; readonly installation: () => Promise<string> };

export function copies(given: Given): Copies {
  const alone = oneAtATime<string>();
  const held = new Map<string, number>();
  const tidy = (signal: AbortSignal) =>
    removeUnused(given, signal, (name, remove) => alone(name, async () => (held.has(name) ? undefined : remove())));
  const hold = (volume: string): HeldCopy => {
    held.set(volume, (held.get(volume) ?? 0) + 1);
    return {
      volume,
      [Symbol.dispose]() {
        const left = (held.get(volume) ?? 1) - 1;
        if (left > 0) held.set(volume, left);
        else held.delete(volume);
      },
    };
  };
  return {
    async ready(source, image, signal) {
      const name = `cspace-copy-${await contentKey(source, await given.installation())}`;
      const mine = hold(name);
      try {
        const isMade = await alone(name, () => ensure(given, name, source, image, signal));
        if (isMade) await tidy(signal);
        return mine;
      } catch (error) {
        mine[Symbol.dispose]();
        throw error;
      }
    },
    tidy,
  };
}

/**
 * What is filled through a container is whole once that container is gone: it is made before the volume, and removed last. Gives
 * whether it was made now.
 */
async function ensure(
  given: Given,
  name: string,
  source: string,
  image: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { engine } = given;
  const doing = `copy ${source} to the engine`;
  const filler = fillerOf(name);
  const half = await inspect(given, filler, signal);
  const found = await unlessMissing(engine.ask(doing, signal, () => engine.docker.getVolume(name).inspect()));
  // One without our label was made by the engine, and is empty.
  const isOurs = found?.Labels?.[LABEL.copy] !== undefined;
  if (half === undefined && isOurs) return false;
  if (half !== undefined) await removeContainer(engine, half.api, doing, signal);
  if (found !== undefined) {
    await unlessMissing(engine.ask(doing, signal, () => engine.docker.getVolume(name).remove()));
  }
  const Labels = { [LABEL.installation]: await given.installation(), [LABEL.copy]: source };
  const container = await engine.ask(doing, signal, () =>
    engine.docker.createContainer({
      name: filler,
      Image: image,
      Entrypoint: ['/bin/true'],
      Cmd: [],
      Labels,
      HostConfig: {
        NetworkMode: 'none',
        CapDrop: ['ALL'],
        Mounts: [
          {
            Type: 'volume',
            Source: name,
            Target: TARGET,
            ReadOnly: false,
            VolumeOptions: { NoCopy: true, Labels, DriverConfig: { Name: 'local', Options: {} } },
          },
        ],
      },
    }),
  );
  await engine.ask(
    doing,
    signal,
    (abortSignal) => container.putArchive(directoryArchive(source), { path: TARGET, abortSignal }),
    COPY_MS,
  );
  await engine.ask(doing, signal, () => container.remove({ force: true }));
  return true;
}

function fillerOf(volume: string): string {
  return `${volume}-filling`;
}

async function removeUnused(
  { engine, installation }: Given,
  signal: AbortSignal,
  unlessHeld: (name: string, remove: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const { label } = labelled({ [LABEL.installation]: await installation() });
  const filters = { label: [...label, LABEL.copy] };
  const { Volumes } = await engine.ask('list the copies', signal, (abortSignal) =>
    engine.docker.listVolumes({ filters, abortSignal }),
  );
  for (const { Name } of Volumes ?? []) {
    try {
      await unlessHeld(Name, async () => {
        // Of one who was killed while it was filled.
        const half = await inspect({ engine }, fillerOf(Name), signal);
        if (half !== undefined) await removeContainer(engine, half.api, `remove ${Name}`, signal);
        await engine.ask(`remove ${Name}`, signal, () => engine.docker.getVolume(Name).remove());
      });
    } catch (error) {
      // A sandbox has it.
      if (statusOf(error) !== 409 && statusOf(error) !== 404) throw error;
    }
  }
}

/** Changes whenever a file below does: the names, sizes, modes and times of all of them. */
async function contentKey(source: string, installation: string): Promise<string> {
  const hash = createHash('sha256').update(`${installation}\0`);
  const names = (await readdir(source, { recursive: true })).toSorted();
  for (const name of names) {
    const path = join(source, name);
    const { mode, size, mtimeMs } = await lstat(path);
    const kind = mode & 0o170000;
    const detail = kind === 0o120000 ? await readlink(path) : kind === 0o040000 ? '' : `${size}:${mtimeMs}`;
    hash.update(`${name}\0${mode}\0${detail}\n`);
  }
  return hash.digest('hex').slice(0, 20);
}
