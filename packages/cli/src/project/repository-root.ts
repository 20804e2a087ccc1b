import { dirname, resolve } from 'node:path';
import { Fault } from '@cspace/domain';
import type { Cli } from '../cli.ts';
import { gitOrNothing } from './git.ts';

/** The top of the repository a command is about, without asking the server. A linked work tree counts as its main one. */
export async function repositoryRoot({ io, flags }: Cli): Promise<string> {
  const directory = resolve(io.cwd, flags.project ?? '.');
  const common = await gitOrNothing(directory, 'rev-parse', '--path-format=absolute', '--git-common-dir');
  if (common?.endsWith('/.git') === true) return dirname(common);
  const top = await gitOrNothing(directory, 'rev-parse', '--show-toplevel');
  if (top !== undefined && top !== '') return top;
  throw new Fault('not-found', `Cannot find a project: ${directory} is not in a git repository`, {
    hint: 'Go into one, or give --project DIR',
  });
}
