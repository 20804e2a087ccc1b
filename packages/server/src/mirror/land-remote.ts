import { Fault, type Project } from '@cspace/domain';
import type { LandOutcome, PushRequest } from '@cspace/gateway';
import { reach } from './fetch-remote.ts';
import { type GitResult, git, lastWords, tryGit } from './git.ts';
import type { Outside } from './land-push.ts';
import type { Mirror } from './mirror.ts';
import { contains, moveRef, NO_COMMIT, refAt } from './refs.ts';

const PUSH_MS = 10 * 60_000;

/** Pushes one commit to one branch of the remote, if that branch is still where the session saw it, with the user's credentials. */
export async function landRemote(
  mirror: Mirror,
  project: Project,
  remote: string,
  push: PushRequest,
  outside: Outside,
): Promise<LandOutcome> {
  const { signal } = outside;
  const { address, env } = await reach(mirror, project, remote, outside);
  const ref = `refs/heads/${push.branch}`;
  const lease = push.oldCommit === NO_COMMIT ? '' : push.oldCommit;
  const options = ['--porcelain', '--no-verify', '--no-follow-tags', '--no-signed', '--recurse-submodules=no'];
  const args = ['push', ...options, `--force-with-lease=${ref}:${lease}`, address, `${push.newCommit}:${ref}`];
  const run = { gitDirectory: mirror.gitDirectory, env, signal, timeoutMs: PUSH_MS };
  const result = await tryGit(args, run);
  const landed: LandOutcome = { kind: 'landed', where: 'remote', ref };
  if (result.exitCode === 0) return landed;
  // The connection may have been cut after the remote had taken it.
  const seen = await tip(mirror, address, ref, { env, signal }).catch(() => undefined);
  if (seen === push.newCommit) return landed;
  if (seen !== undefined && seen !== push.oldCommit) {
    // Only for the convenience of the next fetch: why it did not land is known without it.
    await followRemote(mirror, address, push.branch, seen, { env, signal }).catch(() => {});
    const what = seen === NO_COMMIT ? 'was deleted' : 'has moved';
    return { kind: 'failed', why: `the branch ${what} on the remote in the meantime; fetch and try again` };
  }
  return { kind: 'failed', why: reasonOf(result) };
}

export async function lookUpRemote(
  mirror: Mirror,
  project: Project,
  remote: string,
  push: PushRequest,
  outside: Outside,
): Promise<LandOutcome | 'not-landed'> {
  const { signal } = outside;
  const { address, env } = await reach(mirror, project, remote, outside);
  const ref = `refs/heads/${push.branch}`;
  const seen = await tip(mirror, address, ref, { env, signal });
  if (seen === NO_COMMIT || seen === push.oldCommit) return 'not-landed';
  if (seen !== push.newCommit) {
    await followRemote(mirror, address, push.branch, seen, { env, signal });
    if (!(await contains(mirror.gitDirectory, seen, push.newCommit, signal))) return 'not-landed';
  }
  return { kind: 'landed', where: 'remote', ref };
}

type Reached = { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal };

/** Where the remote's branch is; `NO_COMMIT` when it has none. */
async function tip(mirror: Mirror, address: string, ref: string, reached: Reached): Promise<string> {
  const run = { ...reached, gitDirectory: mirror.gitDirectory, timeoutMs: 60_000 };
  const result = await tryGit(['ls-remote', '--refs', address, ref], run);
  if (result.exitCode !== 0) {
    throw new Fault('unavailable', `Cannot ask the remote for ${ref}: ${lastWords(result.stderr)}`, {
      hint: 'Check the network and the credentials: git ls-remote',
    });
  }
  const line = result.stdout.split('\n').find((each) => each.slice(41) === ref);
  return line?.slice(0, 40) ?? NO_COMMIT;
}

/** Brings what the remote's branch is at into the mirror, so that the next fetch in the sandbox shows it. */
async function followRemote(
  mirror: Mirror,
  address: string,
  branch: string,
  seen: string,
  reached: Reached,
): Promise<void> {
  const { gitDirectory } = mirror;
  const { signal } = reached;
  const ref = `refs/heads/${branch}`;
  const before = (await refAt(gitDirectory, ref, signal)) ?? NO_COMMIT;
  if (seen !== NO_COMMIT) {
    const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
    const into = `+${ref}:refs/cspace/remote/heads/${branch}`;
    await git(['fetch', ...options, address, into], { ...reached, gitDirectory, timeoutMs: PUSH_MS });
  }
  await moveRef(gitDirectory, ref, seen, before, signal);
}

/** Why git or the remote refused, from git's own table (`--porcelain`), and what the remote's hooks said. */
function reasonOf(result: GitResult): string {
  const rejected = result.stdout.split('\n').find((line) => line.startsWith('!'));
  const reason = /\((.*)\)$/.exec(rejected?.split('\t')[2] ?? '')?.[1];
  const said = result.stderr
    .split(/[\r\n]+/)
    .filter((line) => line.startsWith('remote: '))
    .map((line) => line.slice('remote: '.length).trim())
    .filter((line) => line !== '')
    .slice(0, 20)
    .join('\n');
  const why = reason ?? lastWords(result.stderr);
  return said === '' ? why : `${why}: ${said}`.slice(0, 2000);
}
