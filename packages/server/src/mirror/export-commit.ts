import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { git } from './git.ts';

const run = promisify(execFile);

/** The files of a commit in a directory of their own, for as long as somebody holds it. */
export type Export = AsyncDisposable & { readonly directory: string };

/**
 * Writes a commit's files to a new directory below `parent`. They come from the bare mirror, so no filter, hook or attribute of
 * the repository runs anything; owners and special modes are not kept, and links stay links that nobody follows.
 */
export async function exportCommit(
  gitDirectory: string,
  commit: string,
  parent: string,
  signal: AbortSignal,
): Promise<Export> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const root = await mkdtemp(join(parent, 'export-'));
  const dispose = () => rm(root, { recursive: true, force: true });
  try {
    const archive = join(root, 'archive.tar');
    const directory = join(root, 'files');
    await git(['archive', '--format=tar', '--prefix=files/', `--output=${archive}`, commit], { gitDirectory, signal });
    await run('tar', ['-x', '-f', archive, '-C', root, '--no-same-owner', '--no-same-permissions'], { signal });
    await rm(archive);
    return { directory, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Whether a commit has a devcontainer, at one of the places where those are. */
export async function hasDevcontainer(gitDirectory: string, commit: string, signal: AbortSignal): Promise<boolean> {
  const places = ['.devcontainer', '.devcontainer.json'];
  const listed = await git(['ls-tree', '-r', '-z', '--name-only', commit, '--', ...places], { gitDirectory, signal });
  return listed
    .split('\0')
    .some((path) => /^\.devcontainer\.json$|^\.devcontainer\/([^/]+\/)?devcontainer\.json$/.test(path));
}
