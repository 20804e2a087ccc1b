import { resolve } from 'node:path';
import type { Cli } from '../cli.ts';

/** The directory whose HEAD a new session starts from, for a server of this machine: a linked work tree has one of its own. */
export function standingIn({ io, flags }: Cli): { readonly directory?: string } {
  const named = flags.project !== undefined && !flags.project.includes('/') && flags.project !== '.';
  return named ? {} : { directory: resolve(io.cwd, flags.project ?? '.') };
}
