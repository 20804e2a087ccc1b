import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Project } from '@cspace/domain';
import { git, tryGit } from './git.ts';

/** Full ref name to commit or tag object. */
export type Refs = ReadonlyMap<string, string>;

/** In a mirror: the branch that the user's repository or remote takes for the main one. */
export const MAIN_BRANCH = 'refs/cspace/remote-head';

/** Forty zeros: no such ref. */
export const NO_COMMIT = '0'.repeat(40);

/** The refs under each of `prefixes` (each ends with `/`). */
export async function refsOf(gitDirectory: string, prefixes: readonly string[], signal: AbortSignal): Promise<Refs> {
  const text = await git(['for-each-ref', '--format=%(objectname) %(refname)', ...prefixes], { gitDirectory, signal });
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
}

/** The commit a ref is at, or undefined. */
export async function refAt(gitDirectory: string, ref: string, signal: AbortSignal): Promise<string | undefined> {
  return commitOf(gitDirectory, ref, signal);
}

/** The commit a branch is at, read from a repository's files, or undefined. Git puts a ref into `packed-refs` before its own file goes. */
export async function branchAt(gitDirectory: string, branch: string): Promise<string | undefined> {
  if (branch.split('/').some((part) => part === '' || part.startsWith('.'))) return undefined;
  const loose = await readFile(join(gitDirectory, 'refs', 'heads', branch), 'utf8').catch(() => '');
  const own = /^[0-9a-f]{40}(?=\n?$)/.exec(loose)?.[0];
  if (own !== undefined || loose !== '') return own;
  const packed = await readFile(join(gitDirectory, 'packed-refs'), 'utf8').catch(() => '');
  const at = packed.indexOf(` refs/heads/${branch}\n`);
  return /^[0-9a-f]{40}$/.exec(packed.slice(Math.max(0, at - 40), Math.max(0, at)))?.[0];
}

/** The commit an expression of ours names, or undefined. */
export async function commitOf(gitDirectory: string, name: string, signal: AbortSignal): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  const { exitCode, stdout } = await tryGit(args, { gitDirectory, signal });
  return exitCode === 0 ? stdout.trim() : undefined;
}

/** Whether `descendant` is `ancestor` or was made on top of it. False when either is not there. */
export async function contains(
  gitDirectory: string,
  descendant: string,
  ancestor: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (descendant === ancestor) return true;
  const { exitCode } = await tryGit(['merge-base', '--is-ancestor', ancestor, descendant], { gitDirectory, signal });
  return exitCode === 0;
}

/** Moves `ref` if it is still at `from` (`NO_COMMIT`: does not exist). Says whether it did. */
export async function moveRef(
  gitDirectory: string,
  ref: string,
  to: string,
  from: string,
  signal: AbortSignal,
): Promise<boolean> {
  const args = to === NO_COMMIT ? ['update-ref', '-d', ref, from] : ['update-ref', '-m', 'cspace: push', ref, to, from];
  const { exitCode } = await tryGit(args, { gitDirectory, signal });
  return exitCode === 0;
}

/** What the mirror's heads and tags should be, from all that was fetched, and the branch its HEAD names. */
export async function branchRefs(
  gitDirectory: string,
  project: Project,
  all: Refs,
  signal: AbortSignal,
): Promise<{ readonly wanted: Refs; readonly head: string | undefined }> {
  const under = (prefix: string) =>
    [...all].flatMap(([ref, at]) => (ref.startsWith(prefix) ? [[ref.slice(prefix.length), at] as const] : []));
  const heads = new Map<string, string>();
  if (project.remote === undefined) {
    for (const [branch, at] of under('refs/cspace/local/heads/')) heads.set(branch, at);
    for (const [branch, at] of under('refs/cspace/local/landed/')) {
      const own = heads.get(branch);
      if (own === undefined || !(await contains(gitDirectory, own, at, signal))) heads.set(branch, at);
    }
  } else {
    const fetched = under('refs/cspace/remote/heads/');
    const known = fetched.length > 0 ? fetched : under('refs/cspace/tracking/').filter(([branch]) => branch !== 'HEAD');
    for (const [branch, at] of known) heads.set(branch, at);
  }
  const tags = [...under('refs/cspace/local/tags/'), ...under('refs/cspace/remote/tags/')];
  const main = (await linkOf(gitDirectory, MAIN_BRANCH))?.replace(/^refs\/heads\//, '');
  const preferred = [main, 'main', 'master', ...heads.keys()];
  const head = preferred.find((branch) => branch !== undefined && heads.has(branch));
  return {
    wanted: new Map([
      ...[...heads].map(([branch, at]) => [`refs/heads/${branch}`, at] as const),
      ...tags.map(([tag, at]) => [`refs/tags/${tag}`, at] as const),
    ]),
    head: head === undefined ? undefined : `refs/heads/${head}`,
  };
}

/**
 * Moves what differs. `before` was read before anything was fetched: a ref that a push moved since then is left as the push
 * put it, and the next fetch settles it.
 */
export async function moveRefs(gitDirectory: string, before: Refs, wanted: Refs, signal: AbortSignal): Promise<void> {
  const gone = [...before.keys()].filter((ref) => !wanted.has(ref));
  const deletions = gone.map((ref) => `delete ${ref} ${before.get(ref) ?? NO_COMMIT}\n`);
  const moved = [...wanted].filter(([ref, at]) => before.get(ref) !== at);
  const updates = moved.map(([ref, at]) => `update ${ref} ${at} ${before.get(ref) ?? NO_COMMIT}\n`);
  // Deletions first: `a` may have made way for `a/b`.
  for (const lines of [deletions, updates]) {
    if (lines.length === 0 || (await updateRefs(gitDirectory, lines, signal))) continue;
    for (const line of lines) await updateRefs(gitDirectory, [line], signal);
  }
}

async function updateRefs(gitDirectory: string, lines: readonly string[], signal: AbortSignal): Promise<boolean> {
  const { exitCode } = await tryGit(['update-ref', '--stdin'], { gitDirectory, signal, input: lines.join('') });
  return exitCode === 0;
}

/** The ref that a symbolic ref names, or undefined. It is always a file of its own: git packs none. */
export async function linkOf(gitDirectory: string, ref: string): Promise<string | undefined> {
  const text = await readFile(join(gitDirectory, ref), 'utf8').catch(() => '');
  return /^ref: *(refs\/\S+)\s*$/.exec(text)?.[1];
}

/** Makes a symbolic ref name that ref. */
export async function setLink(gitDirectory: string, ref: string, target: string, signal: AbortSignal): Promise<void> {
  if ((await linkOf(gitDirectory, ref)) !== target) await git(['symbolic-ref', ref, target], { gitDirectory, signal });
}
