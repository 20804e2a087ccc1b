import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { directoriesOf } from './common-directory.ts';
import { type Head, inspectHead } from './inspect-repository.ts';
import { branchAt } from './refs.ts';

/**
 * Where the work tree around `directory` stands, from the repository's files alone where they are plain; else git is asked.
 * Faults: those of `inspectRepository`.
 */
export async function headOf(directory: string, signal: AbortSignal): Promise<Head> {
  const found = await directoriesOf(directory);
  const text = found && (await readFile(join(found.own, 'HEAD'), 'utf8').catch(() => undefined));
  const branch = /^ref: refs\/heads\/(\S+)\n?$/.exec(text ?? '')?.[1];
  const commit = found && branch !== undefined ? await branchAt(found.common, branch) : undefined;
  return commit === undefined || branch === undefined ? inspectHead(directory, signal) : { commit, branch };
}
