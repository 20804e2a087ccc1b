import { existsSync } from 'node:fs';
import { lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@cspace/domain';
import type { CloneStart } from '@cspace/protocol';
import { writeDurably } from '../write-durably.ts';
import type { Git } from './git.ts';
import { repositoryConfig } from './repository-config.ts';

/** What is said about a clone that is there: things an agent might stumble over. */
export type Cloned = { readonly fresh: boolean; readonly remarks: readonly string[] };

const MAX_ATTRIBUTES_BYTES = 1024 * 1024;

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
  await begin(workspace, start, given.originUrl);
  await fill(git, workspace, start);
  await mark();
  return { fresh: true, remarks: await remarks(workspace) };
}

/** An empty repository that borrows the mirror's objects, on no commit yet. */
async function begin(workspace: string, start: CloneStart, originUrl: string): Promise<void> {
  const dotGit = join(workspace, '.git');
  for (const lock of ['index.lock', 'config.lock', 'HEAD.lock', 'packed-refs.lock', 'shallow.lock']) {
    await rm(join(dotGit, lock), { force: true });
  }
  // What `git init` makes of a template without files.
  for (const directory of ['info', 'objects/info', 'objects/pack', 'refs/heads', 'refs/tags']) {
    await mkdir(join(dotGit, directory), { recursive: true });
  }
  await writeFile(join(dotGit, 'HEAD'), `ref: refs/heads/${start.branch}\n`);
  await writeFile(join(dotGit, 'config'), repositoryConfig(start, originUrl));
  if (isThere(start.alternates)) {
    await writeFile(join(dotGit, 'objects', 'info', 'alternates'), `${start.alternates}\n`);
  }
}

/** The remote's branches, and the session's branch checked out at its base. */
async function fill(git: Git, workspace: string, start: CloneStart): Promise<void> {
  if (start.origin !== undefined && isThere(start.alternates)) {
    await writeOrigin(join(workspace, '.git'), start.origin);
    if (await git.try(checkingOut(start)).then(({ exitCode }) => exitCode === 0)) return;
  }
  // Knowing the base first spares git the walk over a history that the mirror has checked already.
  const ref = `refs/remotes/origin/${start.baseBranch ?? start.branch}`;
  const isBorrowed = (await git.try(['update-ref', ref, start.baseCommit])).exitCode === 0;
  if (!isBorrowed) {
    await fetch(git);
    await fetchBase(git, start);
    return checkout(git, start);
  }
  const [fetched, checkedOut] = await Promise.allSettled([fetch(git), checkout(git, start)]);
  if (fetched.status === 'rejected') {
    // A mirror without all of its history cannot be known in advance.
    await git(['update-ref', '-d', ref]);
    await fetch(git);
  }
  if (checkedOut.status === 'fulfilled') return;
  await fetchBase(git, start);
  await checkout(git, start);
}

/** What a fetch would have written. */
async function writeOrigin(dotGit: string, { head, refs }: NonNullable<CloneStart['origin']>): Promise<void> {
  const lines = refs.map(([object, ref]) => `${object} ${ref.replace(/^refs\/heads\//, 'refs/remotes/origin/')}`);
  const byName = (one: string, other: string) =>
    Buffer.compare(Buffer.from(one.slice(41)), Buffer.from(other.slice(41)));
  const text = lines.toSorted(byName).map((line) => `${line}\n`);
  await writeFile(join(dotGit, 'packed-refs'), `# pack-refs with: sorted \n${text.join('')}`);
  if (head === undefined) return;
  await mkdir(join(dotGit, 'refs', 'remotes', 'origin'), { recursive: true });
  await writeFile(join(dotGit, 'refs', 'remotes', 'origin', 'HEAD'), `ref: refs/remotes/origin/${head}\n`);
}

async function fetch(git: Git): Promise<void> {
  const options = ['--quiet', '--prune', '--update-shallow', '--no-write-fetch-head', '--no-auto-maintenance'];
  await git(['fetch', ...options, 'origin']);
}

/** The base itself, where it came with no branch. */
async function fetchBase(git: Git, start: CloneStart): Promise<void> {
  if ((await git.try(['cat-file', '-e', `${start.baseCommit}^{tree}`])).exitCode === 0) return;
  await git(['fetch', '--quiet', '--update-shallow', '--no-write-fetch-head', 'origin', start.baseCommit]);
}

async function checkout(git: Git, start: CloneStart): Promise<void> {
  await git(checkingOut(start));
}

function checkingOut(start: CloneStart): string[] {
  return ['checkout', '--quiet', '--force', '--no-track', '-B', start.branch, start.baseCommit];
}

function isThere(path: string | undefined): path is string {
  return path !== undefined && existsSync(path);
}

/** A workspace that was made for another branch (a layer that was built ahead, a fork) becomes this session's. */
async function adopt(git: Git, start: CloneStart): Promise<void> {
  await git(['config', 'user.name', start.authorName]);
  await git(['config', 'user.email', start.authorEmail]);
  await fetch(git);
  await fetchBase(git, start);
  const dirty = (await git(['status', '--porcelain', '--untracked-files=no'], { maxBytes: 1 })).length > 0;
  await git(['checkout', '--quiet', '--no-track', '-B', start.branch, ...(dirty ? [] : [start.baseCommit])]);
}

async function remarks(workspace: string): Promise<string[]> {
  const found: string[] = [];
  if (existsSync(join(workspace, '.gitmodules'))) {
    found.push(
      'The repository has submodules, which are not checked out: git submodule update --init does it where they can be reached',
    );
  }
  if (/\bfilter=lfs\b/.test(await smallFile(join(workspace, '.gitattributes')))) {
    found.push(
      'The repository keeps files in Git LFS, which are pointers here: git lfs pull fetches them where they can be reached',
    );
  }
  return found;
}

/** The text of a file that somebody else wrote; empty when it is none, or too large to be meant. */
async function smallFile(path: string): Promise<string> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() === true && found.size <= MAX_ATTRIBUTES_BYTES ? readFile(path, 'utf8') : '';
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
