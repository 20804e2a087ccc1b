import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from './is-errno.ts';

/** What tells this installation's things from another's in the same engine. */
export async function installationId(directory: string): Promise<string> {
  const path = join(directory, 'installation');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const known = await readFile(path, 'utf8').catch(() => '');
  if (known !== '') return known.trim();
  // An empty one would be shared with every other: it is written whole, and of many at once the first counts.
  const id = randomBytes(8).toString('hex');
  const draft = `${path}.${id}`;
  await writeFile(draft, id, { mode: 0o600, flush: true });
  if ((await stat(path).catch(() => undefined))?.size === 0) await rm(path, { force: true });
  await link(draft, path).catch((error: unknown) => {
    if (!isErrno(error, 'EEXIST')) throw error;
  });
  await rm(draft, { force: true });
  return (await readFile(path, 'utf8')).trim();
}
