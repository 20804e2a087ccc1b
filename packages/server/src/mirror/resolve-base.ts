import { type Base, Fault, nearestKey, type Project } from '@cspace/domain';
import type { Head } from './inspect-repository.ts';
import type { Mirror } from './mirror.ts';
import { branchAt, commitOf, contains, refAt, refsOf } from './refs.ts';
import { remoteName } from './remote-name.ts';

/** The commit a branch is at for an agent, or undefined when there is none. */
export function branchTip(mirror: Mirror, branch: string): Promise<string | undefined> {
  return branchAt(mirror.gitDirectory, branch);
}

/**
 * The commit a session starts from: what was asked, else what the configuration says, else where the user stands. A branch,
 * `origin/branch`, a tag or a commit, with `~1` or `^2` after it if need be. Of a branch that both the user and the remote
 * have, the one that contains the other counts, and the user's where they went apart. Fault: `not-found`, with the nearest name.
 */
export async function resolveBase(
  mirror: Mirror,
  project: Project,
  head: Head,
  asked: string | undefined,
  configured: string | undefined,
  signal: AbortSignal,
): Promise<Base> {
  const name = asked ?? configured;
  if (name === undefined || name === 'HEAD') return head;
  const [, plain = name, steps = ''] = /^(.+?)((?:[~^]\d*)*)$/s.exec(name) ?? [];
  const found = plain === 'HEAD' ? head : await named(mirror, project, plain, signal);
  if (found !== undefined && steps === '') return found;
  const commit = found && (await commitOf(mirror.gitDirectory, `${found.commit}${steps}`, signal));
  if (commit !== undefined) return { commit };
  const where = asked === undefined ? 'the base branch of the configuration' : 'the base';
  const near = nearestKey(plain, await names(mirror, signal));
  throw new Fault('not-found', `Cannot find ${where} ${JSON.stringify(name)}: no branch, tag or commit is called so`, {
    hint: near === undefined ? 'Give a branch, a tag or a commit' : `Did you mean ${near}?`,
  });
}

async function named(mirror: Mirror, project: Project, name: string, signal: AbortSignal): Promise<Base | undefined> {
  const { gitDirectory } = mirror;
  const at = (ref: string) => refAt(gitDirectory, ref, signal);
  if (name.startsWith('refs/tags/')) return asBase(await at(name));
  const branch = name.replace(/^refs\/heads\//, '');
  const [own, seen] = await Promise.all([at(`refs/cspace/local/heads/${branch}`), at(`refs/heads/${branch}`)]);
  if (own !== undefined && seen !== undefined) {
    return { commit: (await contains(gitDirectory, seen, own, signal)) ? seen : own, branch };
  }
  const either = own ?? seen;
  if (either !== undefined) return { commit: either, branch };
  const remote = project.remote === undefined ? 'origin' : ((await remoteName(project, signal)) ?? 'origin');
  if (name.startsWith(`${remote}/`)) {
    const ofRemote = name.slice(remote.length + 1);
    const tip = await at(`refs/heads/${ofRemote}`);
    if (tip !== undefined) return { commit: tip, branch: ofRemote };
  }
  const tag = await at(`refs/tags/${name}`);
  if (tag !== undefined) return { commit: tag };
  return /^[0-9a-f]{4,40}$/i.test(name) ? asBase(await commitOf(gitDirectory, name, signal)) : undefined;
}

function asBase(commit: string | undefined): Base | undefined {
  return commit === undefined ? undefined : { commit };
}

async function names(mirror: Mirror, signal: AbortSignal): Promise<readonly string[]> {
  const refs = await refsOf(mirror.gitDirectory, ['refs/heads/', 'refs/tags/', 'refs/cspace/local/heads/'], signal);
  return [...new Set([...refs.keys()].map((ref) => ref.replace(/^refs\/(heads|tags|cspace\/local\/heads)\//, '')))];
}
