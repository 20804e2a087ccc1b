import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@cspace/domain';
import type { CloneStart } from '@cspace/protocol';
import { writeDurably } from '../write-durably.ts';
import type { Git } from './git.ts';
import { repositoryConfig } from './repository-config.ts';

/** What is said about a clone that is there: things an agent might stumble over. */
export type Cloned = { readonly fresh: boolean; readonly remarks: readonly string[] };

type Marker = { readonly branch: string; readonly baseCommit: string };

/**
 * Makes the session's clone in the workspace, or finds it made. A marker in the supervisor's state says that one is whole;
 * without it every step is done again, so that a death in between does no harm.
 */
export async function clone(
  given: {
    readonly git: Git;
    readonly workspace: string;
    readonly state: string;
    readonly originUrl: string;
  },
  start: CloneStart,
): Promise<Cloned> {
  const { git, workspace, state } = given;
  const markerPath = join(state, 'clone');
  const done = await readMarker(markerPath);
  const mark = () => writeDurably(markerPath, JSON.stringify({ branch: start.branch, baseCommit: start.baseCommit }));
  if (done !== undefined) {
    if (done.branch === start.branch) return { fresh: false, remarks: [] };
    await adopt(git, start);
    await mark();
    return { fresh: false, remarks: [] };
  }
  await begin(git, workspace, start, given.originUrl);
  await fill(git, start);
  await mark();
  return { fresh: true, remarks: await remarks(git) };
}

/** An empty repository that borrows the mirror's objects, on no commit yet. */
async function begin(git: Git, workspace: string, start: CloneStart, originUrl: string): Promise<void> {
  const dotGit = join(workspace, '.git');
  for (const lock of ['index.lock', 'config.lock', 'HEAD.lock', 'packed-refs.lock', 'shallow.lock']) {
    await rm(join(dotGit, lock), { force: true });
  }
  await git(['init', '--quiet', '--template=', '-b', start.branch, '.']);
  await mkdir(join(dotGit, 'info'), { recursive: true });
  await mkdir(join(dotGit, 'objects', 'info'), { recursive: true });
  await writeFile(join(dotGit, 'config'), repositoryConfig(start, originUrl));
  if (start.alternates !== undefined && existsSync(start.alternates)) {
    await writeFile(join(dotGit, 'objects', 'info', 'alternates'), `${start.alternates}\n`);
  }
}

/** The remote's branches, and the session's branch checked out at its base. */
async function fill(git: Git, start: CloneStart): Promise<void> {
  const borrowed = (await git.try(['cat-file', '-e', `${start.baseCommit}^{tree}`])).exitCode === 0;
  if (!borrowed) {
    await fetch(git, start);
    return checkout(git, start);
  }
  // Knowing the base first spares git the walk over a history that the mirror has checked already.
  const known = start.baseBranch === undefined ? start.branch : start.baseBranch;
  const ref = `refs/remotes/origin/${known}`;
  await git(['update-ref', ref, start.baseCommit]);
  const [fetched, checkedOut] = await Promise.allSettled([fetch(git, start), checkout(git, start)]);
  if (fetched.status === 'rejected') {
    // A mirror without all of its history cannot be known in advance.
    await git(['update-ref', '-d', ref]);
    await fetch(git, start);
  }
  if (checkedOut.status === 'rejected') await checkout(git, start);
}

async function fetch(git: Git, start: CloneStart): Promise<void> {
  await git([
    'fetch',
    '--quiet',
    '--prune',
    '--update-shallow',
    '--no-write-fetch-head',
    '--no-auto-maintenance',
    'origin',
  ]);
  if ((await git.try(['cat-file', '-e', `${start.baseCommit}^{tree}`])).exitCode === 0) return;
  await git(['fetch', '--quiet', '--update-shallow', '--no-write-fetch-head', 'origin', start.baseCommit]);
}

async function checkout(git: Git, start: CloneStart): Promise<void> {
  await git(['checkout', '--quiet', '--force', '--no-track', '-B', start.branch, start.baseCommit]);
}

/** A workspace that was made for another branch (a layer that was built ahead, a fork) becomes this session's. */
async function adopt(git: Git, start: CloneStart): Promise<void> {
  await git(['config', 'user.name', start.authorName]);
  await git(['config', 'user.email', start.authorEmail]);
  await fetch(git, start);
  const dirty = (await git(['status', '--porcelain', '--untracked-files=no'], { maxBytes: 1 })).length > 0;
  await git(['checkout', '--quiet', '--no-track', '-B', start.branch, ...(dirty ? [] : [start.baseCommit])]);
}

async function remarks(git: Git): Promise<string[]> {
  const found: string[] = [];
  if ((await git.try(['cat-file', '-e', 'HEAD:.gitmodules'])).exitCode === 0) {
    found.push(
      'The repository has submodules, which are not checked out: git submodule update --init does it where they can be reached',
    );
  }
  const attributes = await git.try(['show', 'HEAD:.gitattributes'], { maxBytes: 1024 * 1024 });
  if (attributes.exitCode === 0 && /\bfilter=lfs\b/.test(attributes.stdout.toString())) {
    found.push(
      'The repository keeps files in Git LFS, which are pointers here: git lfs pull fetches them where they can be reached',
    );
  }
  return found;
}

async function readMarker(path: string): Promise<Marker | undefined> {
  try {
    const { branch, baseCommit } = JSON.parse(await readFile(path, 'utf8')) as Partial<Marker>;
    return branch === undefined || baseCommit === undefined ? undefined : { branch, baseCommit };
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Fault('failed', `Cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
