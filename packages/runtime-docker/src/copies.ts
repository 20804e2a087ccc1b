import { createHash } from 'node:crypto';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { oneAtATime } from '@cspace/domain';
import { directoryArchive } from './archive.ts';
import { inspect } from './container-of.ts';
import { type Engine, statusOf, unlessMissing } from './engine.ts';
import { LABEL, labelled } from './label.ts';

/** Hundreds of megabytes over a slow line. */
const COPY_MS = 30 * 60_000;
/** Where a volume is in the container that it is filled through. */
const TARGET = '/copy';

/** Directories of this machine in volumes of an engine that cannot mount them. */
export type Copies = {
  /**
   * The volume with what a directory holds now; made once for each content. `image` is any one there: nothing of it is run. Those
   * of other contents that nobody mounts are taken away when one is made.
   */
  ready(source: string, image: string, signal: AbortSignal): Promise<string>;
  /** Takes away those that nobody mounts. */
  tidy(signal: AbortSignal): Promise<void>;
};

type Given = { readonly engine: Engine; readonly installation: () => Promise<string> };

export function copies(given: Given): Copies {
  const alone = oneAtATime<string>();
  return {
    async ready(source, image, signal) {
      const name = `cspace-copy-${await contentKey(source, await given.installation())}`;
      await alone(name, () => ensure(given, name, source, image, signal));
      return name;
    },
    tidy: (signal) => removeUnused(given, signal),
  };
}

/** What is filled through a container is whole once that container is gone: it is made before the volume, and removed last. */
async function ensure(given: Given, name: string, source: string, image: string, signal: AbortSignal): Promise<void> {
  const { engine } = given;
  const doing = `copy ${source} to the engine`;
  const filler = `${name}-filling`;
  const half = await inspect(given, filler, signal);
  const found = await unlessMissing(engine.ask(doing, signal, () => engine.docker.getVolume(name).inspect()));
  if (half === undefined && found !== undefined) return;
  await half?.api.remove({ force: true });
  if (found !== undefined) await engine.ask(doing, signal, () => engine.docker.getVolume(name).remove());
  await removeUnused(given, signal);
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
}

async function removeUnused({ engine, installation }: Given, signal: AbortSignal): Promise<void> {
  const { label } = labelled({ [LABEL.installation]: await installation() });
  const filters = { label: [...label, LABEL.copy] };
  const { Volumes } = await engine.ask('list the copies', signal, (abortSignal) =>
    engine.docker.listVolumes({ filters, abortSignal }),
  );
  for (const { Name } of Volumes ?? []) {
    try {
      await engine.ask(`remove ${Name}`, signal, () => engine.docker.getVolume(Name).remove());
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
