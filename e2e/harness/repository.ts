import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const AUTHOR = ['-c', 'user.name=Test Person', '-c', 'user.email=test@example.invalid'];

/** Runs git in a test's own repository and gives what it printed. */
export function git(directory: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-C', directory, ...AUTHOR, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** A repository with one commit of the given files, on `main`. */
export function repository(
  parent: string,
  files: Readonly<Record<string, string>> = { 'README.md': '# A project\n' },
): string {
  const directory = mkdtempSync(join(parent, 'repository-'));
  git(directory, 'init', '-q', '-b', 'main');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(directory, name, '..'), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  git(directory, 'add', '-A');
  git(directory, 'commit', '-q', '-m', 'start');
  return directory;
}

/** Whether a branch exists in a repository. */
export function hasBranch(directory: string, branch: string): boolean {
  return git(directory, 'branch', '--list', branch) !== '';
}
