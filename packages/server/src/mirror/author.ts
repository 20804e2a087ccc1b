import type { Project } from '@cspace/domain';
import { tryGit } from './git.ts';
import { userEnvironment } from './git-environment.ts';

export type Author = { readonly name: string; readonly email: string };

/** Who commits in a project's sandboxes: the user of its repository as git's configuration names them, else the agent itself. */
export async function authorOf(
  project: Project,
  given: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<Author> {
  const args = ['-C', project.path, 'config', '-z', '--get-regexp', '^user\\.(name|email)$'];
  const { stdout } = await tryGit(args, { signal: given.signal, env: userEnvironment(given.env) });
  // The last of several is the one that counts.
  const found = new Map(
    stdout.split('\0').map((entry) => [entry.split('\n', 1)[0], entry.slice(entry.indexOf('\n') + 1).trim()] as const),
  );
  return {
    name: found.get('user.name') || given.env.GIT_AUTHOR_NAME || 'cspace agent',
    email: found.get('user.email') || given.env.GIT_AUTHOR_EMAIL || 'agent@cspace.invalid',
  };
}
