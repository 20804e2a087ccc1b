import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from './is-errno.ts';

/** What tells this installation's things from another's in the same engine. */
export async function installationId(directory: string): Promise<string> {
  const path = join(directory, 'installation');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(path, randomBytes(8).toString('hex'), { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (!isErrno(error, 'EEXIST')) throw error;
  });
  return (await readFile(path, 'utf8')).trim();
}
