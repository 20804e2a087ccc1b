import type { Project } from '@cspace/domain';
import { viewOf } from './fetch-local.ts';
import { tryGit } from './git.ts';
import type { Mirror } from './mirror.ts';

/** Whether the commit the user stands on has a file at that path. */
export async function isTracked(mirror: Mirror, project: Project, path: string, signal: AbortSignal): Promise<boolean> {
  const { gitDirectory } = await viewOf(mirror, project, signal);
  const { exitCode, stdout } = await tryGit(['ls-tree', '--name-only', 'HEAD', '--', path], { gitDirectory, signal });
  return exitCode === 0 && stdout.trim() !== '';
}
