import { lstat, mkdir, readdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@cspace/domain';
import { commonDirectory } from './common-directory.ts';
import { tryGit } from './git.ts';

/**
 * The user's repository as git sees it through a directory of ours: its refs and objects by links, and a configuration that
 * is ours. No hook, filter, monitor, include or alias of the repository exists here, so that none can run.
 */
export type UserView = { readonly gitDirectory: string; readonly commonDirectory: string };

/** What git shares between the work trees of a repository, and we show. */
const SHARED = ['objects', 'refs', 'packed-refs', 'shallow', 'logs'] as const;

/** Makes the view in `directory`, or brings it up to date. `head`: the text of the HEAD to show; absent: the main work tree's. */
export async function openUserView(
  directory: string,
  repository: string,
  signal: AbortSignal,
  head?: string,
): Promise<UserView> {
  const common = await commonDirectory(repository);
  if (common === undefined) {
    throw new Fault('not-found', `Cannot open the repository ${repository}: it is not there any more`);
  }
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await Promise.all([
    ...SHARED.map((name) => link(join(common, name), join(directory, name))),
    place(join(directory, 'HEAD'), head ?? (await readFile(join(common, 'HEAD'), 'utf8'))),
    place(join(directory, 'config'), await configuration(common, signal)),
  ]);
  return { gitDirectory: directory, commonDirectory: common };
}

/** Branches that some work tree of the repository has checked out, or is rebasing or bisecting. */
export async function checkedOut(view: UserView): Promise<ReadonlySet<string>> {
  const trees = await workTrees(view);
  const texts = await Promise.all(
    trees.flatMap((tree) =>
      ['HEAD', 'rebase-merge/head-name', 'rebase-apply/head-name', 'BISECT_START'].map(async (name) => {
        const text = (await readFile(join(tree, name), 'utf8').catch(() => '')).trim();
        return name === 'BISECT_START' && text !== '' ? `refs/heads/${text}` : text.replace(/^ref: /, '');
      }),
    ),
  );
  return new Set(texts.filter((ref) => ref.startsWith('refs/heads/')).map((ref) => ref.slice('refs/heads/'.length)));
}

/** Commits that a work tree stands on without a branch. */
export async function detachedHeads(view: UserView): Promise<readonly string[]> {
  const trees = await workTrees(view);
  const heads = await Promise.all(trees.map((tree) => readFile(join(tree, 'HEAD'), 'utf8').catch(() => '')));
  return [...new Set(heads.map((head) => head.trim()).filter((head) => /^[0-9a-f]{40}$/.test(head)))];
}

async function workTrees(view: UserView): Promise<readonly string[]> {
  const linked = await readdir(join(view.commonDirectory, 'worktrees')).catch(() => []);
  return [view.commonDirectory, ...linked.map((name) => join(view.commonDirectory, 'worktrees', name))];
}

async function link(target: string, path: string): Promise<void> {
  const exists = await lstat(target).then(
    () => true,
    () => false,
  );
  const now = await readlink(path).catch(() => undefined);
  if (exists ? now === target : now === undefined) return;
  if (!exists) return rm(path, { force: true, recursive: true });
  // Moved into place: somebody may read through the one that is there, or make the same.
  const next = `${path}.${crypto.randomUUID()}`;
  await symlink(target, next);
  await rename(next, path).catch(async (error: unknown) => {
    if (!isDirectoryThere(error)) throw error;
    await rm(path, { force: true, recursive: true });
    await rename(next, path);
  });
}

/** Git makes `logs` where the repository has none yet. */
function isDirectoryThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EISDIR';
}

async function place(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return;
  const next = `${path}.${crypto.randomUUID()}`;
  await writeFile(next, text);
  await rename(next, path);
}

const FORMAT = '^(extensions\\.(objectformat|refstorage)|core\\.sharedrepository)$';

/** What was read of a repository's configuration, for as long as the file is the same. */
const formats = new Map<string, { readonly key: string; readonly text: string }>();
const MOST_KNOWN = 1000;

/** Ours, but for what says how the repository's files are to be read and written. `git config --file` follows no include. */
async function configuration(common: string, signal: AbortSignal): Promise<string> {
  const found = await stat(join(common, 'config'), { bigint: true }).catch(() => undefined);
  // Git replaces the file whenever it writes it.
  const key = found === undefined ? '' : [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ');
  const known = formats.get(common);
  if (known?.key === key) return known.text;
  const text = await readFormat(common, signal);
  formats.delete(common);
  formats.set(common, { key, text });
  for (const [oldest] of formats) if (formats.size > MOST_KNOWN) formats.delete(oldest);
  return text;
}

async function readFormat(common: string, signal: AbortSignal): Promise<string> {
  const args = ['config', '--file', join(common, 'config'), '-z', '--get-regexp', FORMAT];
  const { stdout } = await tryGit(args, { signal });
  const found = new Map(
    stdout.split('\0').map((entry) => [entry.split('\n', 1)[0] ?? '', entry.slice(entry.indexOf('\n') + 1)] as const),
  );
  const objects = found.get('extensions.objectformat') ?? 'sha1';
  const refs = found.get('extensions.refstorage') ?? 'files';
  if (objects !== 'sha1' || refs !== 'files') {
    throw new Fault('lacking', `Cannot use the repository ${common}: it has ${objects} objects and refs in ${refs}`, {
      hint: 'Use a repository with sha1 objects and refs in files, as `git init` makes it',
    });
  }
  const shared = found.get('core.sharedrepository') ?? '';
  const sharing = /^[a-z0-9]+$/i.test(shared) ? `\tsharedRepository = ${shared}\n` : '';
  return `[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tlogAllRefUpdates = true\n${sharing}`;
}
