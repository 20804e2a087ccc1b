import { realpath } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault, type Project } from '@cspace/domain';
import { git, tryGit } from './git.ts';
import { userEnvironment, withConfig } from './git-environment.ts';
import type { Mirror } from './mirror.ts';
import { remoteAddress } from './remote-address.ts';

const FETCH_MS = 10 * 60_000;

/** What a user's own configuration could add to a push or fetch of ours. */
const UNTOUCHED = [
  ['push.pushOption', ''],
  ['push.gpgSign', 'false'],
  ['push.followTags', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['fetch.recurseSubmodules', 'no'],
  ['fetch.prune', 'false'],
  ['fetch.writeCommitGraph', 'false'],
] as const;

/** Fetches the remote's branches and tags into `refs/cspace/remote/`, with the user's credentials. */
export async function fetchRemote(
  mirror: Mirror,
  project: Project,
  remote: string,
  given: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<void> {
  const { signal } = given;
  const { address, env } = await reach(mirror, project, remote, given);
  const refspecs = ['+refs/heads/*:refs/cspace/remote/heads/*', '+refs/tags/*:refs/cspace/remote/tags/*'];
  const options = ['--quiet', '--no-tags', '--prune', '--no-write-fetch-head', '--update-shallow'];
  const run = { gitDirectory: mirror.gitDirectory, env, signal, timeoutMs: FETCH_MS };
  await git(['fetch', ...options, address, ...refspecs], run);
}

/** The address to give to git, and the environment that reaches it without asking anybody. */
export async function reach(
  mirror: Mirror,
  project: Project,
  remote: string,
  given: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<{ readonly address: string; readonly env: NodeJS.ProcessEnv }> {
  const { address, config } = await remoteAddress(project, remote, given.signal);
  await refuseInside(project, address);
  const env = withConfig(userEnvironment(given.env), [...UNTOUCHED, ...config]);
  const isOverSsh = /^ssh:/i.test(address) || /^[^/]+:/.test(address.replace(/^[a-z][a-z0-9+.-]*:\/\/.*/i, ''));
  if (!isOverSsh) return { address, env };
  const ssh = env.GIT_SSH_COMMAND ?? (await configured(mirror, 'core.sshCommand', env, given.signal));
  if (ssh === undefined && env.GIT_SSH !== undefined) return { address, env };
  return { address, env: { ...env, GIT_SSH_COMMAND: `${ssh ?? 'ssh'} -o BatchMode=yes` } };
}

/** A "remote" that came along inside the repository has hooks, and they would run. */
async function refuseInside(project: Project, address: string): Promise<void> {
  const path = address.startsWith('file://') ? fileURLToPath(address) : address;
  if (!path.startsWith('/')) return;
  const [inner, outer] = await Promise.all([path, project.path].map((each) => realpath(each).catch(() => each)));
  const between = relative(outer ?? '/', inner ?? '/');
  if (!between.startsWith('..')) {
    throw new Fault('denied', 'Cannot use the remote: it lies inside the repository itself', {
      hint: 'Move the remote repository elsewhere; its hooks would run',
    });
  }
}

async function configured(
  mirror: Mirror,
  key: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { exitCode, stdout } = await tryGit(['config', '--get', key], {
    gitDirectory: mirror.gitDirectory,
    env,
    signal,
  });
  return exitCode === 0 ? stdout.trim() : undefined;
}
