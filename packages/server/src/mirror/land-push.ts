import type { Project } from '@cspace/domain';
import type { LandOutcome, PushRequest } from '@cspace/gateway';
import { landLocal, lookUpLocal } from './land-local.ts';
import { landRemote, lookUpRemote } from './land-remote.ts';
import type { Mirror } from './mirror.ts';
import { moveRef, NO_COMMIT, refAt } from './refs.ts';

export type Outside = { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal };

/**
 * Lands exactly one commit on one branch: on the project's remote if it has one, else in the user's own repository; then
 * the mirror shows it. An expected refusal is an outcome, with the outside's own reason.
 */
export async function landPush(
  mirror: Mirror,
  project: Project,
  push: PushRequest,
  outside: Outside,
): Promise<LandOutcome> {
  const outcome =
    project.remote === undefined
      ? await landLocal(mirror, project, push, outside.signal)
      : await landRemote(mirror, project, project.remote, push, outside);
  if (outcome.kind === 'landed') await settle(mirror, push, outside.signal);
  return outcome;
}

/** Whether a push whose answer was lost is there, by looking. Throws when the outside cannot be asked. */
export async function lookUpPush(
  mirror: Mirror,
  project: Project,
  push: PushRequest,
  outside: Outside,
): Promise<LandOutcome | 'not-landed'> {
  const seen =
    project.remote === undefined
      ? await lookUpLocal(mirror, project, push, outside.signal)
      : await lookUpRemote(mirror, project, project.remote, push, outside);
  if (seen !== 'not-landed') await settle(mirror, push, outside.signal);
  return seen;
}

/** Moves the mirror's branch along. When it is elsewhere by now, a fetch has seen something newer, and that stays. */
async function settle(mirror: Mirror, push: PushRequest, signal: AbortSignal): Promise<void> {
  const { gitDirectory } = mirror;
  await moveRef(gitDirectory, `refs/heads/${push.branch}`, push.newCommit, push.oldCommit, signal);
  const pushed = `refs/cspace/pushed/${push.branch}`;
  const before = (await refAt(gitDirectory, pushed, signal)) ?? NO_COMMIT;
  await moveRef(gitDirectory, pushed, push.newCommit, before, signal);
}
