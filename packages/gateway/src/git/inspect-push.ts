import { isWorkflowFile, type PushCommand, type PushSeen } from '@cspace/domain';
import { type GitOptions, runGit, startGit } from './run-git.ts';

/** The most files that are named; more are only more of the same. */
const MAX_FILES = 100;
const NONE = /^0+$/;

/** Whether everything that `commits` need is there, in the quarantine or in the repository. */
export async function isConnected(commits: readonly string[], options: GitOptions): Promise<boolean> {
  const args = ['rev-list', '--objects', '--quiet', '--stdin', '--not', '--all', '--alternate-refs'];
  const { exitCode } = await runGit(args, { ...options, input: commits.map((commit) => `${commit}\n`).join('') });
  return exitCode === 0;
}

/** What the objects of a push show of one command. They are connected. */
export async function inspectPush(command: PushCommand, options: GitOptions): Promise<PushSeen> {
  const { oldCommit, newCommit } = command;
  const type = await runGit(['cat-file', '-t', newCommit], options);
  if (type.exitCode !== 0 || type.stdout.trim() !== 'commit') {
    return { kind: 'other', fastForward: false, workflowFiles: [] };
  }
  const isNew = NONE.test(oldCommit);
  const forward =
    isNew || (await runGit(['merge-base', '--is-ancestor', oldCommit, newCommit], options)).exitCode === 0;
  return { kind: 'commit', fastForward: forward, workflowFiles: await changedWorkflows(newCommit, options) };
}

/**
 * Workflow files that any commit which is on no branch yet changes. Of a merge, those that it has different from every
 * parent: what a merge only brings along was let through before, or is in another of these commits.
 */
async function changedWorkflows(commit: string, options: GitOptions): Promise<readonly string[]> {
  const commits = await runGit(['rev-list', commit, '--not', '--all'], {
    ...options,
    maxOutputBytes: 64 * 1024 * 1024,
  });
  if (commits.stdout === '') return [];
  const flags = ['-r', '-c', '--root', '--no-renames', '--no-ext-diff', '--no-textconv', '--no-commit-id'];
  const args = ['diff-tree', '--stdin', '-z', '--name-only', ...flags];
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const { program, ended } = startGit(args, { ...options, signal });
  program.stdin.end(commits.stdout);
  const found = new Set<string>();
  let cut = '';
  try {
    for await (const text of program.stdout.setEncoding('utf8')) {
      const paths = `${cut}${text}`.split('\0');
      cut = paths.pop() ?? '';
      for (const path of paths.filter(isWorkflowFile)) found.add(path);
      if (found.size >= MAX_FILES) return [...found];
    }
    const { exitCode } = await ended;
    options.signal.throwIfAborted();
    if (exitCode !== 0) throw new Error('git could not list what the push changes');
    return [...found];
  } finally {
    stop.abort();
    await ended;
  }
}
