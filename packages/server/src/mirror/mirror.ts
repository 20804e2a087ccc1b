import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isFault, type Project } from '@cspace/domain';
import { fetchLocal } from './fetch-local.ts';
import { fetchRemote } from './fetch-remote.ts';
import { git } from './git.ts';
import { branchRefs, moveRefs, refsOf } from './refs.ts';
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

const CONFIGURATION = [
  ['core.sharedRepository', '0644'],
  ['core.logAllRefUpdates', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['pack.threads', '2'],
] as const;

/** Opens the mirror of a project, made when it is not there. Doing it twice is doing it once. */
export async function openMirror(given: { readonly directory: string; readonly project: Project }): Promise<Mirror> {
  const { directory } = given;
  const signal = AbortSignal.timeout(60_000);
  const made = await stat(join(directory, 'cspace-ready')).then(
    () => true,
    () => false,
  );
  if (!made) {
    await makeBare(directory, CONFIGURATION, signal);
    await git(['config', '--file', join(directory, 'cspace-ready'), 'cspace.project', given.project.id], { signal });
  }
  return { gitDirectory: directory, objectsDirectory: join(directory, 'objects') };
}

/** A bare repository without template or hooks. */
export async function makeBare(
  directory: string,
  configuration: readonly (readonly [string, string])[],
  signal: AbortSignal,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  await git(['init', '--quiet', '--bare', '--template=', '--initial-branch=main', directory], { signal });
  for (const [key, value] of configuration) {
    await git(['config', '--file', join(directory, 'config'), key, value], { signal });
  }
}

/**
 * Brings the mirror up to the user's repository and, where there is one, its remote. A remote that cannot be reached is a
 * `warning`, and the mirror then shows what was last known of it.
 */
export async function fetchMirror(
  mirror: Mirror,
  project: Project,
  given: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<{ readonly warning?: string }> {
  const { env, signal } = given;
  const before = await refsOf(mirror.gitDirectory, ['refs/heads/', 'refs/tags/'], signal);
  // A partial clone lacks objects that only its remote can bring: then the remote comes first.
  const local = () => fetchLocal(mirror, project, signal);
  const early = await local().then(
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
  if (early !== undefined) await local();
  const { wanted, head } = await branchRefs(mirror.gitDirectory, project, signal);
  await moveRefs(mirror.gitDirectory, before, wanted, signal);
  if (head !== undefined) await git(['symbolic-ref', 'HEAD', head], { gitDirectory: mirror.gitDirectory, signal });
  return warning === undefined ? {} : { warning };
}
