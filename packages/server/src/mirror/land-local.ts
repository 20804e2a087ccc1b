import type { Project } from '@cspace/domain';
import type { LandOutcome, PushRequest } from '@cspace/gateway';
import { viewOf } from './fetch-local.ts';
import { lastWords, tryGit } from './git.ts';
import type { Mirror } from './mirror.ts';
import { contains, moveRef, NO_COMMIT, refAt } from './refs.ts';
import { checkedOut } from './user-view.ts';

/**
 * Lands a push in the user's own repository, through the view: no hook of it runs, nothing that is checked out in any work
 * tree moves. Where the branch has other work on it or is checked out, it lands at `refs/remotes/cspace/<branch>`.
 */
export async function landLocal(
  mirror: Mirror,
  project: Project,
  push: PushRequest,
  signal: AbortSignal,
): Promise<LandOutcome> {
  const { branch, newCommit } = push;
  const view = await viewOf(mirror, project, signal);
  const { gitDirectory } = view;
  const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--update-shallow'];
  const run = { gitDirectory, signal, timeoutMs: 10 * 60_000 };
  const brought = await tryGit(['fetch', ...options, mirror.gitDirectory, newCommit], run);
  if (brought.exitCode !== 0) return { kind: 'failed', why: lastWords(brought.stderr) };

  const own = `refs/heads/${branch}`;
  const aside = `refs/remotes/cspace/${branch}`;
  const earlier = await refAt(mirror.gitDirectory, `refs/cspace/pushed/${branch}`, signal);
  const [current, parked, busy] = await Promise.all([
    refAt(gitDirectory, own, signal),
    refAt(gitDirectory, aside, signal),
    checkedOut(view),
  ]);
  const isOurs =
    current === undefined || current === earlier || (await contains(gitDirectory, newCommit, current, signal));
  if (isOurs && !busy.has(branch) && (await moveRef(gitDirectory, own, newCommit, current ?? NO_COMMIT, signal))) {
    if (parked !== undefined && parked === earlier) await moveRef(gitDirectory, aside, NO_COMMIT, parked, signal);
    return { kind: 'landed', where: 'local', ref: own };
  }
  if (await moveRef(gitDirectory, aside, newCommit, parked ?? NO_COMMIT, signal)) {
    return { kind: 'landed', where: 'local', ref: aside };
  }
  return {
    kind: 'failed',
    why: `the repository has a branch in the way of ${branch}, or it moved just now; try again`,
  };
}

export async function lookUpLocal(
  mirror: Mirror,
  project: Project,
  push: PushRequest,
  signal: AbortSignal,
): Promise<LandOutcome | 'not-landed'> {
  const { gitDirectory } = await viewOf(mirror, project, signal);
  for (const ref of [`refs/heads/${push.branch}`, `refs/remotes/cspace/${push.branch}`]) {
    const at = await refAt(gitDirectory, ref, signal);
    if (at !== undefined && (await contains(gitDirectory, at, push.newCommit, signal))) {
      return { kind: 'landed', where: 'local', ref };
    }
  }
  return 'not-landed';
}
