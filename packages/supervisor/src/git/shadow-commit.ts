import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SHADOW_REF } from '@cspace/protocol';
import { failpoint } from '../failpoint.ts';
import type { Git } from './git.ts';

/** The most branches and stashes beside HEAD that are saved with it. */
const MAX_TIPS = 50;

const IDENTITY = {
  GIT_AUTHOR_NAME: 'cspace',
  GIT_AUTHOR_EMAIL: 'cspace@localhost',
  GIT_COMMITTER_NAME: 'cspace',
  GIT_COMMITTER_EMAIL: 'cspace@localhost',
};

/** What was saved last, so that the same is not saved again. */
export type Saved = { readonly key: string; readonly commit: string };

/**
 * Saves all work on the server: tracked and untracked files as they are now, commits of every branch that is nowhere else, and
 * stashes. Made beside the user's index, HEAD and branches, which it never touches. Gives `last` when nothing has changed,
 * undefined when there is no work.
 */
export async function shadowCommit(
  git: Git,
  at: { readonly workspace: string; readonly state: string; readonly baseCommit: string },
  last: Saved | undefined,
): Promise<Saved | undefined> {
  const head = (await git.try(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'])).stdout.toString().trim();
  const tree = await treeOfEverything(git, at);
  const tips = await tipsElsewhere(git, head, at.baseCommit);
  const key = [head, tree, ...tips].join(' ');
  if (key === last?.key) return last;
  const clean = head !== '' && tree === (await git(['rev-parse', `${head}^{tree}`])).trim();
  if (clean && tips.length === 0 && head === at.baseCommit && last === undefined) return undefined;
  const parents = [head, ...tips].filter((parent) => parent !== '').flatMap((parent) => ['-p', parent]);
  const commit =
    clean && tips.length === 0
      ? head
      : (await git(['commit-tree', tree, ...parents, '-m', 'cspace: unfinished work'], { env: IDENTITY })).trim();
  failpoint('supervisor.before-save');
  await git(['push', '--quiet', '--force', '--no-verify', '--no-follow-tags', 'origin', `${commit}:${SHADOW_REF}`]);
  failpoint('supervisor.after-save');
  return { key, commit };
}

/** Writes the work tree as a tree object, with an index of our own that starts as a copy of the user's. */
async function treeOfEverything(git: Git, at: { readonly workspace: string; readonly state: string }): Promise<string> {
  const index = join(at.state, 'shadow-index');
  await mkdir(at.state, { recursive: true });
  await rm(`${index}.lock`, { force: true });
  await copyFile(join(at.workspace, '.git', 'index'), index).catch(() => rm(index, { force: true }));
  const env = { GIT_INDEX_FILE: index };
  // What cannot be read is left out, the rest is saved.
  await git.try(['add', '--all', '--ignore-errors', '.'], { env });
  return (await git(['write-tree'], { env })).trim();
}

/** Tips of other branches and stashes that neither HEAD nor the remote has. */
async function tipsElsewhere(git: Git, head: string, baseCommit: string): Promise<readonly string[]> {
  const listed = await git(['for-each-ref', '--format=%(objectname)', 'refs/heads', 'refs/stash']);
  const tips = [...new Set(listed.split('\n'))].filter((tip) => tip !== '' && tip !== head && tip !== baseCommit);
  if (tips.length === 0) return [];
  const known = ['--not', '--remotes=origin', baseCommit, ...(head === '' ? [] : [head])];
  const elsewhere = await Promise.all(
    tips.slice(0, MAX_TIPS).map(async (tip) => {
      const missing = await git.try(['rev-list', '--max-count=1', tip, ...known]);
      return missing.stdout.byteLength > 0 ? [tip] : [];
    }),
  );
  return elsewhere.flat();
}
