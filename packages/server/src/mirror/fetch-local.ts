import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Project } from '@cspace/domain';
import { git } from './git.ts';
import type { Mirror } from './mirror.ts';
import { linkOf, MAIN_BRANCH, type Refs, refsOf, setLink } from './refs.ts';
import { remoteName } from './remote-name.ts';
import { detachedHeads, openUserView, type UserView } from './user-view.ts';

/** Where the view of the user's repository is, inside the mirror's directory and beside its objects. */
export function viewOf(mirror: Mirror, project: Project, signal: AbortSignal): Promise<UserView> {
  return openUserView(join(mirror.gitDirectory, 'user-view'), project.path, signal);
}

/**
 * Fetches all branches, tags, remote-tracking branches and detached heads of the user's repository; says whether any differed
 * from `known`, the mirror's refs as they are. Costs one read when nothing moved.
 */
export async function fetchLocal(mirror: Mirror, project: Project, known: Refs, signal: AbortSignal): Promise<boolean> {
  const view = await viewOf(mirror, project, signal);
  const { gitDirectory } = mirror;
  const tracked = project.remote === undefined ? undefined : await remoteName(project, signal);
  const places = [
    ['refs/heads/', 'refs/cspace/local/heads/'],
    ['refs/tags/', 'refs/cspace/local/tags/'],
    ['refs/remotes/cspace/', 'refs/cspace/local/landed/'],
    ...(tracked === undefined ? [] : [[`refs/remotes/${tracked}/`, 'refs/cspace/tracking/'] as const]),
  ] as const;
  const [theirs, detached] = await Promise.all([refsOf(view.gitDirectory, ['refs/'], signal), detachedHeads(view)]);
  const ours = new Map([...known].filter(([ref]) => /^refs\/cspace\/(local|tracking)\//.test(ref)));
  const wanted = new Map(
    [...theirs].flatMap(([ref, at]) => {
      const place = places.find(([from]) => ref.startsWith(from));
      return place === undefined ? [] : [[place[1] + ref.slice(place[0].length), at] as const];
    }),
  );
  for (const commit of detached) wanted.set(`refs/cspace/local/detached/${commit}`, commit);
  await keepMainBranch(mirror, view, tracked, signal);
  const isCurrent = [...wanted].every(([ref, at]) => ours.get(ref) === at);
  const isPruned = [...ours.keys()].every((ref) => wanted.has(ref) || ref.startsWith('refs/cspace/local/detached/'));
  if (isCurrent && isPruned) return false;
  const refspecs = [
    ...places.map(([from, to]) => `+${from}*:${to}*`),
    ...detached.map((commit) => `+${commit}:refs/cspace/local/detached/${commit}`),
  ];
  const deeper = (await hasShallow(gitDirectory)) && !(await hasShallow(view.gitDirectory));
  const depth = deeper ? '--unshallow' : '--update-shallow';
  const options = ['--quiet', '--no-tags', '--prune', '--no-write-fetch-head', '--no-recurse-submodules', depth];
  await git(['fetch', ...options, view.gitDirectory, ...refspecs], { gitDirectory, signal, timeoutMs: 30 * 60_000 });
  if (ours.size === 0) await git(['pack-refs', '--all'], { gitDirectory, signal });
  return true;
}

/** Keeps which branch is the main one: what the user's clone takes for the remote's, else the one checked out. */
async function keepMainBranch(
  mirror: Mirror,
  view: UserView,
  tracked: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const main = await linkOf(view.gitDirectory, tracked === undefined ? 'HEAD' : `refs/remotes/${tracked}/HEAD`);
  const prefix = tracked === undefined ? 'refs/heads/' : `refs/remotes/${tracked}/`;
  if (main?.startsWith(prefix) !== true) return;
  await setLink(mirror.gitDirectory, MAIN_BRANCH, `refs/heads/${main.slice(prefix.length)}`, signal);
}

async function hasShallow(gitDirectory: string): Promise<boolean> {
  const found = await stat(join(gitDirectory, 'shallow')).catch(() => undefined);
  return found !== undefined && found.size > 0;
}
