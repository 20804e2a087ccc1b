import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { tryGit } from './git.ts';
import { cleanGitEnvironment } from './git-environment.ts';

/** An index larger than this is of a repository where looking at every file takes long. */
const MAX_INDEX_BYTES = 4 * 1024 * 1024;
const PATIENCE_MS = 1_000;

/**
 * Whether a work tree has changed, staged or untracked files; undefined where telling would take long.
 *
 * `git status` would compare content through the filters, ask the monitor and enter the submodules that the repository's
 * configuration names, all of which are commands. It is asked through the view, whose configuration names none, so a
 * `.gitattributes` or an index that asks for one gets nothing. The price: a file under a filter may count as changed.
 */
export async function isDirty(
  viewDirectory: string,
  gitDirectory: string,
  workTree: string,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const index = join(gitDirectory, 'index');
  const size = (await stat(index).catch(() => undefined))?.size ?? 0;
  if (size > MAX_INDEX_BYTES) return undefined;
  const env = { ...cleanGitEnvironment(), GIT_INDEX_FILE: index, GIT_WORK_TREE: workTree };
  const excludes = ['-c', `core.excludesFile=${join(gitDirectory, 'info', 'exclude')}`];
  const args = [...excludes, 'status', '--porcelain', '-z', '--ignore-submodules=all', '--untracked-files=normal'];
  const run = { gitDirectory: viewDirectory, cwd: workTree, env, signal, timeoutMs: PATIENCE_MS, maxOutputBytes: 4096 };
  const result = await tryGit(args, run).catch(() => undefined);
  signal.throwIfAborted();
  if (result === undefined || (result.exitCode !== 0 && !result.truncated)) return undefined;
  return result.stdout !== '';
}
