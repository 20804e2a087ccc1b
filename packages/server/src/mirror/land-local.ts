import type { Project } from '@cspace/domain';
import type { LandOutcome, PushRequest } from '@cspace/gateway';
import { viewOf } from './fetch-local.ts';
import { lastWords, tryGit } from './git.ts';
import type { Mirror } from './mirror.ts';
import { contains, moveRef, NO_COMMIT, refAt } from './refs.ts';
import { checkedOut, type UserView } from './user-view.ts';

const ATTEMPTS = 3;

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
  const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--update-shallow'];
  const run = { gitDirectory: view.gitDirectory, signal, timeoutMs: 10 * 60_000 };
  const brought = await tryGit(['fetch', ...options, mirror.gitDirectory, newCommit], run);
  if (brought.exitCode !== 0) return { kind: 'failed', why: lastWords(brought.stderr) };

  const earlier = await refAt(mirror.gitDirectory, `refs/cspace/pushed/${branch}`, signal);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const ref = await moveOnce(view, { branch, newCommit, earlier }, signal);
    if (ref !== undefined) return { kind: 'landed', where: 'local', ref };
  }
  return { kind: 'failed', why: `the branch ${branch} of the repository moved just now; try again` };
}

type Move = { readonly branch: string; readonly newCommit: string; readonly earlier: string | undefined };

/** Moves the branch, or the one beside it. Returns which; undefined when somebody else moved it at that moment. */
async function moveOnce(view: UserView, move: Move, signal: AbortSignal): Promise<string | undefined> {
  const { branch, newCommit, earlier } = move;
  const { gitDirectory } = view;
  const own = `refs/heads/${branch}`;
  const aside = `refs/remotes/cspace/${branch}`;
  const [current, parked, busy] = await Promise.all([
    refAt(gitDirectory, own, signal),
    refAt(gitDirectory, aside, signal),
    checkedOut(view),
  ]);
  const isOurs =
    current === undefined || current === earlier || (await contains(gitDirectory, newCommit, current, signal));
  if (isOurs && !busy.has(branch)) {
    if (await moveRef(gitDirectory, own, newCommit, current ?? NO_COMMIT, signal)) {
      if (parked !== undefined && parked === earlier) await moveRef(gitDirectory, aside, NO_COMMIT, parked, signal);
      return own;
    }
    // It moved, or a branch such as `a` is in the way of `a/b`.
    if ((await refAt(gitDirectory, own, signal)) !== current) return undefined;
  }
  return (await moveRef(gitDirectory, aside, newCommit, parked ?? NO_COMMIT, signal)) ? aside : undefined;
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
