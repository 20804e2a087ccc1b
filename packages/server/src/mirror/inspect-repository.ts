import { mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Fault } from '@cspace/domain';
import { type GitResult, tryGit } from './git.ts';
import { userEnvironment } from './git-environment.ts';
import { isDirty } from './is-dirty.ts';
import { commitOf } from './refs.ts';
import { mainRemote, shownAddress } from './remote-address.ts';
import { openUserView, type UserView } from './user-view.ts';

/** Where a work tree stands: a commit, and the branch unless HEAD is detached. */
export type Head = { readonly commit: string; readonly branch?: string };

export type Repository = {
  /** Canonical top level of the main work tree, also when asked from a linked one or a subdirectory; a bare repository's own path. */
  readonly path: string;
  readonly name: string;
  /** URL of `origin`, or of the only remote, where pushes go. Without credentials. */
  readonly remote?: string;
  readonly head: Head;
  readonly shallow: boolean;
  readonly submodules: readonly string[];
  /** Whether files are changed, staged or untracked. Absent where telling would take long. */
  readonly dirty?: boolean;
};

/**
 * What the user's repository around `directory` is. Git runs in it only to find it (which reads its configuration and runs
 * nothing); all else is read through a view without its configuration.
 * Faults: `not-found` (no such directory), `invalid` (no repository, no commit yet, of another user), `lacking` (git).
 */
export async function inspectRepository(directory: string, signal: AbortSignal): Promise<Repository> {
  return inspecting(directory, signal, async (where, view, head) => {
    const path = await realpath(where.path);
    const [remote, submodules, dirty] = await Promise.all([
      mainRemote(path, signal),
      submodulesOf(view.gitDirectory, signal),
      where.workTree === undefined ? undefined : isDirty(view.gitDirectory, where.gitDirectory, where.workTree, signal),
    ]);
    return {
      path,
      name: basename(path).replace(/(.)\.git$/, '$1'),
      head,
      shallow: where.shallow,
      submodules,
      ...(remote !== undefined && { remote: shownAddress(remote.address) }),
      ...(dirty !== undefined && { dirty }),
    };
  });
}

/** Where the work tree around `directory` stands. Faults: those of `inspectRepository`. */
export async function inspectHead(directory: string, signal: AbortSignal): Promise<Head> {
  return inspecting(directory, signal, async (_where, _view, head) => head);
}

/** Finds the repository, and shows `look` a view of it for as long as that looks. */
async function inspecting<T>(
  directory: string,
  signal: AbortSignal,
  look: (where: Place, view: UserView, head: Head) => Promise<T>,
): Promise<T> {
  const found = await stat(directory).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new Fault('not-found', `Cannot open ${directory}: there is no such directory`, {
      hint: 'Go into a git repository, or give --project DIR',
    });
  }
  if ((await realpath(directory)).includes('\n')) {
    throw new Fault('invalid', `Cannot open ${directory}: its path has a line break in it`, { hint: 'Rename it' });
  }
  const where = await locate(directory, signal);
  const temporary = await mkdtemp(join(tmpdir(), 'cspace-view-'));
  try {
    const headText = await readFile(join(where.gitDirectory, 'HEAD'), 'utf8');
    const view = await openUserView(temporary, where.commonDirectory, signal, headText);
    const commit = await commitOf(view.gitDirectory, 'HEAD', signal);
    const branch = /^ref: refs\/heads\/(.+)$/.exec(headText.trim())?.[1];
    if (commit === undefined) {
      throw new Fault('invalid', `Cannot use the repository ${await realpath(where.path)}: it has no commit yet`, {
        hint: 'Make one: git commit --allow-empty -m "first"',
      });
    }
    return await look(where, view, { commit, ...(branch !== undefined && { branch }) });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

type Place = {
  readonly path: string;
  readonly gitDirectory: string;
  readonly commonDirectory: string;
  /** The work tree that was asked from; absent in a bare repository. */
  readonly workTree: string | undefined;
  readonly shallow: boolean;
};

async function locate(directory: string, signal: AbortSignal): Promise<Place> {
  const run = { cwd: directory, env: userEnvironment(process.env), signal };
  const questions = ['--absolute-git-dir', '--git-common-dir', '--is-bare-repository', '--is-shallow-repository'];
  const args = ['rev-parse', '--path-format=absolute', ...questions, '--is-inside-work-tree', '--show-toplevel'];
  const result = await tryGit(args, run);
  const [gitDirectory = '', commonDirectory = '', bare, shallow, inside, top] = result.stdout.trimEnd().split('\n');
  // Without a work tree the last question fails, after all others were answered.
  if (inside === undefined) throw await notUsable(directory, run, result);
  const workTree = inside === 'true' ? top : undefined;
  const isPlain = basename(commonDirectory) === '.git';
  const path = isPlain ? dirname(commonDirectory) : (workTree ?? commonDirectory);
  const isOwnTree = gitDirectory === commonDirectory;
  // The main repository of a linked work tree is elsewhere; a submodule's or a separate one's is where its files are.
  const main = isOwnTree || isPlain || bare === 'true' ? path : commonDirectory;
  return { path: main, gitDirectory, commonDirectory, workTree, shallow: shallow === 'true' };
}

async function notUsable(
  directory: string,
  run: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
  result: GitResult,
): Promise<Fault> {
  const trusting = await tryGit(['-c', 'safe.directory=*', 'rev-parse', '--git-dir'], run);
  if (trusting.exitCode === 0) {
    return new Fault('invalid', `Cannot use the repository ${directory}: it belongs to another user`, {
      hint: `If you trust it: git config --global --add safe.directory ${directory}`,
      cause: new Error(result.stderr),
    });
  }
  return new Fault('invalid', `Cannot use ${directory}: it is not in a git repository`, {
    hint: 'Make it one: git init && git add . && git commit -m "first"',
    cause: new Error(result.stderr),
  });
}

/** Paths of the submodules of the commit that is checked out. */
async function submodulesOf(gitDirectory: string, signal: AbortSignal): Promise<readonly string[]> {
  const args = ['config', '--blob', 'HEAD:.gitmodules', '-z', '--get-regexp', '^submodule\\..*\\.path$'];
  const { exitCode, stdout } = await tryGit(args, { gitDirectory, signal });
  if (exitCode !== 0) return [];
  return stdout.split('\0').flatMap((entry) => entry.split('\n').slice(1, 2));
}
