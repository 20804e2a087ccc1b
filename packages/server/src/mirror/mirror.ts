import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isFault, type Project } from '@cspace/domain';
import { coalesce } from './coalesce.ts';
import { fetchLocal } from './fetch-local.ts';
import { fetchRemote } from './fetch-remote.ts';
import { git } from './git.ts';
import { branchRefs, moveRefs, type Refs, refsOf, setLink } from './refs.ts';
import { tidyMirror } from './tidy-mirror.ts';
import { withoutSecrets } from './without-secrets.ts';

/**
 * The server's own bare repository of a project. Nothing in it is ever collected: sandboxes borrow its objects.
 *
 *   refs/heads/*, refs/tags/*     what an agent sees as `origin`: the remote's; without a remote, the user's own
 *   refs/cspace/remote/*          heads and tags as last fetched from the remote
 *   refs/cspace/tracking/*        the user's remote-tracking branches, in place of the above until the first fetch
 *   refs/cspace/local/*           heads, tags, landed (`refs/remotes/cspace/*`) and detached heads of the user's repository
 *   refs/cspace/pushed/<branch>   what a session last landed on that branch
 *
 * Only heads and tags are advertised to a sandbox. Without a remote, a branch is what a session landed at
 * `refs/remotes/cspace/<branch>` until the user's branch of that name contains it.
 */
export type Mirror = { readonly gitDirectory: string; readonly objectsDirectory: string };

/** Readable for the users that sandboxes run as, whatever the umask of the server. */
const MIRROR_MODE = '0644';
const CONFIGURATION = [
  ['core.logAllRefUpdates', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['pack.threads', '2'],
] as const;

const opening = coalesce<void>();
const fetching = coalesce<FetchResult>();

/** Opens the mirror of a project, made when it is not there. Doing it twice is doing it once. */
export async function openMirror(given: { readonly directory: string; readonly project: Project }): Promise<Mirror> {
  await makeBare(given.directory, MIRROR_MODE, CONFIGURATION);
  return { gitDirectory: given.directory, objectsDirectory: join(given.directory, 'objects') };
}

/** A bare repository of ours, without template or hooks, whose files have `mode`. One that was made by half is made whole. */
export async function makeBare(
  directory: string,
  mode: string,
  configuration: readonly (readonly [string, string])[],
): Promise<void> {
  await opening(directory, AbortSignal.timeout(60_000), async (signal) => {
    const done = join(directory, 'cspace-made');
    if ((await stat(done).catch(() => undefined)) !== undefined) return;
    await mkdir(directory, { recursive: true });
    await chmod(directory, mode === MIRROR_MODE ? 0o755 : 0o700);
    const options = ['--quiet', '--bare', '--template=', '--initial-branch=main', `--shared=${mode}`];
    await git(['init', ...options, directory], { signal });
    for (const [key, value] of configuration) {
      await git(['config', '--file', join(directory, 'config'), key, value], { signal });
    }
    await writeFile(done, '');
  });
}

export type FetchResult = { readonly warning?: string };

/**
 * Brings the mirror up to the user's repository and, where there is one, its remote. A remote that cannot be reached is a
 * `warning`, and the mirror then shows what was last known of it. Many who ask at once share one fetch.
 */
export function fetchMirror(
  mirror: Mirror,
  project: Project,
  given: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<FetchResult> {
  const { env } = given;
  return fetching(mirror.gitDirectory, given.signal, (signal) => fetchNow(mirror, project, { env, signal }));
}

async function fetchNow(
  mirror: Mirror,
  project: Project,
  given: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<FetchResult> {
  const { env, signal } = given;
  const read = () => refsOf(mirror.gitDirectory, ['refs/heads/', 'refs/tags/', 'refs/cspace/'], signal);
  const before = await read();
  let isMoved = project.remote !== undefined;
  // A partial clone lacks objects that only its remote can bring: then the remote comes first.
  const local = async (known: Refs) => {
    if (await fetchLocal(mirror, project, known, signal)) isMoved = true;
  };
  const early = await local(before).then(
    () => undefined,
    (error: unknown) => error,
  );
  let warning: string | undefined;
  if (project.remote !== undefined) {
    try {
      await fetchRemote(mirror, project, project.remote, { env, signal });
    } catch (error) {
      signal.throwIfAborted();
      if (!isFault(error)) throw error;
      const why = error.message.replace(/^Cannot run git fetch: /, '');
      warning = `Cannot reach the remote ${withoutSecrets(project.remote)}: ${why}; going on with what is known here`;
    }
  }
  if (early !== undefined) await local(await read());
  const { wanted, head } = await branchRefs(mirror.gitDirectory, project, isMoved ? await read() : before, signal);
  const shown = new Map([...before].filter(([ref]) => !ref.startsWith('refs/cspace/')));
  await moveRefs(mirror.gitDirectory, shown, wanted, signal);
  if (head !== undefined) await setLink(mirror.gitDirectory, 'HEAD', head, signal);
  await tidyMirror(mirror, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    warning ??= `Cannot tidy the mirror of ${project.name}: ${String(error)}`;
  });
  return warning === undefined ? {} : { warning };
}
