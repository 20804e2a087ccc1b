import { git, tryGit } from './git.ts';

/** The most files, and bytes of each, that are read out of a commit. */
const MAX_FILES = 200;
const MAX_BYTES = 256 * 1024;

/** The text files directly in a directory of a commit. Read from a bare repository: no link is followed, nothing is run. */
export async function filesAt(
  gitDirectory: string,
  commit: string,
  directory: string,
  signal: AbortSignal,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const listed = await tryGit(['ls-tree', '-z', '-l', commit, '--', `${directory}/`], { gitDirectory, signal });
  if (listed.exitCode !== 0) return [];
  const entries = listed.stdout.split('\0').flatMap((line) => {
    const [, object, size, path] = /^100(?:644|755) blob ([0-9a-f]+) +(\d+)\t(.*)$/s.exec(line) ?? [];
    return object === undefined || path === undefined || Number(size) > MAX_BYTES ? [] : [{ object, path }];
  });
  return Promise.all(
    entries.slice(0, MAX_FILES).map(async ({ object, path }) => ({
      path,
      text: await git(['cat-file', 'blob', object], { gitDirectory, signal }),
    })),
  );
}
