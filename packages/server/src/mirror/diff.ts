import { Fault } from '@cspace/domain';
import { git, tryGit } from './git.ts';

/** The longest diff that is given whole, in bytes. */
const MAX_DIFF_BYTES = 2 * 1024 * 1024;
const PATIENCE_MS = 60_000;

/** Files above this count as binary: comparing them line by line is no use to anybody. */
const BINARY_ABOVE = ['-c', 'core.bigFileThreshold=8m'];
const PLAIN = ['--no-ext-diff', '--no-textconv', '--no-color', '--find-renames', '-l400', '--submodule=short'];

export type DiffResult = {
  readonly baseCommit: string;
  readonly headCommit: string;
  readonly stat: { readonly files: number; readonly insertions: number; readonly deletions: number };
  /** Unified diff. One that is too long ends with a line that says so. */
  readonly text: string;
};

/** The difference of two commits, made in a bare repository of ours where no driver or filter is configured. */
export async function diffOf(
  gitDirectory: string,
  baseCommit: string,
  headCommit: string,
  signal: AbortSignal,
): Promise<DiffResult> {
  for (const commit of [baseCommit, headCommit]) {
    if (!/^[0-9a-f]{40}$/.test(commit)) throw new Fault('invalid', `Cannot compare ${commit}: it is not a commit id`);
  }
  const run = { gitDirectory, signal, timeoutMs: PATIENCE_MS };
  const [full, numbers] = await Promise.all([
    tryGit([...BINARY_ABOVE, 'diff', ...PLAIN, baseCommit, headCommit], { ...run, maxOutputBytes: MAX_DIFF_BYTES }),
    git([...BINARY_ABOVE, 'diff', ...PLAIN, '--no-renames', '--numstat', '-z', baseCommit, headCommit], run),
  ]);
  if (full.exitCode !== 0 && !full.truncated) {
    throw new Fault('not-found', `Cannot compare ${baseCommit} with ${headCommit}: one of them is not here`);
  }
  const lines = numbers.split('\0').filter((line) => line !== '');
  const stat = { files: lines.length, insertions: 0, deletions: 0 };
  for (const line of lines) {
    const [added = '', removed = ''] = line.split('\t', 2);
    stat.insertions += Number(added) || 0;
    stat.deletions += Number(removed) || 0;
  }
  return { baseCommit, headCommit, stat, text: full.truncated ? cut(full.stdout) : full.stdout };
}

function cut(text: string): string {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return `${whole}… cut here: the diff is longer than ${MAX_DIFF_BYTES / 1024 / 1024} MiB\n`;
}
