import { constants } from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { Fault } from '@cspace/domain';

const MAX_BYTES = 1024 * 1024;

/** The files of an untrusted export. Paths are relative to it, and no link leads out of it. */
export type Tree = {
  /** Whether there is something at a path; links are not followed for the last part. */
  has(path: string): Promise<boolean>;
  /** A file's text, at most 1 MiB. Faults: `not-found`, `invalid` when it is no file of the project. */
  read(path: string): Promise<string>;
  /** The real path of what is at a path. Faults: as of `read`. */
  locate(path: string): Promise<string>;
  /** The path that `to`, as a file in the folder `from` says it, has in the tree. Faults: `invalid` when it is outside. */
  resolve(from: string, to: string): string;
};

export async function openTree(directory: string): Promise<Tree> {
  const root = await realpath(directory);

  const outside = (path: string): Fault =>
    new Fault('invalid', `Cannot use ${path || '.'}: it leads out of the project`, {
      hint: 'A devcontainer is made of files of its repository only',
    });

  const locate = async (path: string): Promise<string> => {
    const asked = resolve(root, path);
    if (!isWithin(root, asked)) throw outside(path);
    let real: string;
    try {
      real = await realpath(asked);
    } catch (cause) {
      // A link that leads nowhere here may lead somewhere on another machine.
      throw new Fault('not-found', `Cannot use ${path || '.'}: it is not in the project`, { cause });
    }
    if (!isWithin(root, real)) throw outside(path);
    return real;
  };

  return {
    locate,
    async has(path) {
      const asked = resolve(root, path);
      if (!isWithin(root, asked)) return false;
      const parent = await realpath(dirname(asked)).catch(() => undefined);
      if (parent === undefined || (asked !== root && !isWithin(root, parent))) return false;
      return (await lstat(asked).catch(() => undefined)) !== undefined;
    },
    async read(path) {
      const real = await locate(path);
      const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      try {
        const { size, isFile } = await file.stat().then((stat) => ({ size: stat.size, isFile: stat.isFile() }));
        if (!isFile) throw new Fault('invalid', `Cannot read ${path}: it is not a file`);
        if (size > MAX_BYTES) throw new Fault('invalid', `Cannot read ${path}: it is longer than 1 MiB`);
        return await file.readFile('utf8');
      } finally {
        await file.close();
      }
    },
    resolve(from, to) {
      const asked = resolve(join(root, from), to);
      if (isAbsolute(to) || to.includes('\0') || !isWithin(root, asked)) throw outside(to);
      return relative(root, asked);
    },
  };
}

function isWithin(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}
