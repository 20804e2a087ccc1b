import type { Project } from '@cspace/domain';
import { tryGit } from './git.ts';
import { userEnvironment } from './git-environment.ts';

export type Author = { readonly name: string; readonly email: string };

/** Who commits in a project's sandboxes: the user of its repository as git's configuration names them, else the agent itself. */
export async function authorOf(
  project: Project,
  given: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<Author> {
  const ask = async (key: string) => {
    const args = ['-C', project.path, 'config', '--get', key];
    const { exitCode, stdout } = await tryGit(args, { signal: given.signal, env: userEnvironment(given.env) });
    return exitCode === 0 ? stdout.trim() : '';
  };
  const [name, email] = await Promise.all([ask('user.name'), ask('user.email')]);
  return {
    name: name || given.env.GIT_AUTHOR_NAME || 'cspace agent',
    email: email || given.env.GIT_AUTHOR_EMAIL || 'agent@cspace.invalid',
  };
}
