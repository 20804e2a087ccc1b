import { chmod, link, mkdir, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Where the objects of a push are until it is decided: beside the repository's own, on the same file system, and out of any
 * sandbox's sight. Disposing of it removes what was not moved in.
 */
export type Quarantine = AsyncDisposable & {
  /** For git: new objects go here, known ones are read from the repository. */
  readonly env: Readonly<Record<string, string>>;
  /** Moves everything into the repository. Doing it while others do the same is safe: a pack is named after its content. */
  migrate(): Promise<void>;
};

/** What a server that was killed left is removed once it is older than any push may take. */
const STALE_MS = 2 * 60 * 60_000;

/** Order in which a pack's files become visible: git looks for the index, and must find the rest. */
const ORDER = ['.pack', '.rev', '.idx'];

export async function openQuarantine(repository: string, nowMs: number): Promise<Quarantine> {
  const parent = join(repository, 'quarantine');
  const objects = join(parent, crypto.randomUUID());
  const remove = () => rm(objects, { recursive: true, force: true });
  await removeStale(parent, nowMs);
  await mkdir(join(objects, 'pack'), { recursive: true, mode: 0o700 });
  await mkdir(join(objects, 'info'));
  await writeFile(join(objects, 'info', 'alternates'), `${join(repository, 'objects')}\n`);
  return {
    env: { GIT_OBJECT_DIRECTORY: objects },
    async migrate() {
      const from = join(objects, 'pack');
      const into = join(repository, 'objects', 'pack');
      await mkdir(into, { recursive: true });
      const names = await readdir(from);
      for (const suffix of ORDER) {
        for (const name of names.filter((each) => /^pack-[0-9a-f]{40}\./.test(each) && each.endsWith(suffix))) {
          await chmod(join(from, name), 0o444);
          await link(join(from, name), join(into, name)).catch(ignoreTwin);
          await unlink(join(from, name));
        }
      }
    },
    [Symbol.asyncDispose]: remove,
  };
}

async function removeStale(parent: string, nowMs: number): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const path = join(parent, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && nowMs - found.mtimeMs > STALE_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Somebody pushed just the same pack. */
function ignoreTwin(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
