import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, lstat, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Fault, isArtifactName } from '@cspace/domain';

/**
 * Writes bytes below a directory, whole or not at all, and never outside of it: a name that is not plain is refused, and so is
 * a link on the way. Without `force` a file that is there is a conflict.
 */
export async function saveBelow(
  directory: string,
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  force: boolean,
): Promise<string> {
  if (!isArtifactName(name)) {
    throw new Fault('invalid', `Cannot save ${JSON.stringify(name)}: it is not a plain name`, {
      hint: 'The server gave it; cspace artifacts NAME --json shows what it has',
    });
  }
  await mkdir(directory, { recursive: true });
  const target = join(directory, name);
  await makeParents(directory, name);
  const found = await lstat(target).catch(() => undefined);
  if (found !== undefined && (!force || found.isDirectory())) throw taken(target, found.isDirectory());
  const draft = join(dirname(target), `.${randomBytes(6).toString('hex')}.part`);
  try {
    await pipeline(Readable.from(bytes), createWriteStream(draft, { flags: 'wx' }));
    // A rename replaces, a link does not; neither follows what is there.
    if (force) await rename(draft, target);
    else await link(draft, target);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw taken(target, false);
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return target;
}

async function makeParents(directory: string, name: string): Promise<void> {
  let at = directory;
  for (const part of name.split('/').slice(0, -1)) {
    at = join(at, part);
    await mkdir(at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    if (!(await lstat(at)).isDirectory()) {
      throw new Fault('conflict', `Cannot save ${name}: ${at} is not a directory`, { hint: 'Give another --to' });
    }
  }
}

function taken(target: string, isDirectory: boolean): Fault {
  return new Fault('conflict', `Cannot save ${target}: it is there already`, {
    hint: isDirectory ? 'It is a directory: give another --to' : '--force overwrites it',
  });
}
