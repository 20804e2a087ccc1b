import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SupervisorEvent } from '@cspace/protocol';
import type { Git } from './git.ts';

export type GitStatus = Omit<Extract<SupervisorEvent, { type: 'git.status' }>, 'type'>;

/** The most output of `git status` that is looked at, in bytes: some 100,000 files. */
const MAX_STATUS_BYTES = 8 * 1024 * 1024;
const MAX_COMMITS = 10_000;

export const NO_REPOSITORY: GitStatus = { branch: null, head: null, dirtyFiles: 0, unpushedCommits: 0 };

/** How the workspace differs from what is on the remote. `baseCommit` and what leads to it counts as pushed. */
export async function gitStatus(git: Git, workspace: string, baseCommit: string): Promise<GitStatus> {
  const args = ['status', '--porcelain=v2', '--branch', '-z', '--untracked-files=normal', '--no-ahead-behind'];
  const { exitCode, stdout, cut } = await git.try(args, { maxBytes: MAX_STATUS_BYTES });
  if (exitCode !== 0 && !cut) return NO_REPOSITORY;
  const seen = parseStatus(stdout.toString('utf8'));
  if (seen.head === null) return { ...seen, unpushedCommits: 0 };
  if (seen.branch !== null && seen.head === baseCommit && (await hasOneBranch(workspace)))
    return { ...seen, unpushedCommits: 0 };
  const count = await git.try([
    ...['rev-list', '--count', `--max-count=${MAX_COMMITS}`, 'HEAD', '--branches'],
    ...['--not', '--remotes=origin', baseCommit],
  ]);
  return { ...seen, unpushedCommits: Number(count.stdout.toString().trim()) || 0 };
}

/** Whether the branch that is checked out is the only one, as far as the files of the repository tell. */
async function hasOneBranch(workspace: string): Promise<boolean> {
  const [loose, packed] = await Promise.all([
    readdir(join(workspace, '.git', 'refs', 'heads'), { recursive: true, withFileTypes: true }),
    readFile(join(workspace, '.git', 'packed-refs'), 'utf8').catch(() => ''),
  ]).catch(() => [[], ' refs/heads/'] as const);
  return loose.filter((entry) => !entry.isDirectory()).length === 1 && !packed.includes(' refs/heads/');
}

/** The branch, the commit and the number of changed files in the output of `git status --porcelain=v2 --branch -z`. */
export function parseStatus(output: string): Omit<GitStatus, 'unpushedCommits'> {
  const entries = output.split('\0');
  let branch: string | null = null;
  let head: string | null = null;
  let dirtyFiles = 0;
  for (let at = 0; at < entries.length; at += 1) {
    const entry = entries[at] ?? '';
    if (entry.startsWith('# branch.oid ')) head = orNull(entry.slice(13), '(initial)');
    else if (entry.startsWith('# branch.head ')) branch = orNull(entry.slice(14), '(detached)');
    else if (/^[12u?] /.test(entry)) dirtyFiles += 1;
    // A rename is followed by the name it had.
    if (entry.startsWith('2 ')) at += 1;
  }
  return { branch, head, dirtyFiles };
}

function orNull(value: string, none: string): string | null {
  return value === none ? null : value;
}
