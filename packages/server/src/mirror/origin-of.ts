import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mirror } from './mirror.ts';
import { linkOf, refsOf } from './refs.ts';

/** Heads and tags, and which of the heads is the main one. */
export type Origin = { readonly head?: string; readonly refs: [string, string][] };

/** More than these are not told one by one; git fetches them. */
const MOST_REFS = 2000;

/** What a new clone that borrows the mirror's objects can write down instead of fetching it. */
export async function originOf({ gitDirectory }: Mirror, signal: AbortSignal): Promise<Origin | undefined> {
  const shallow = await stat(join(gitDirectory, 'shallow')).catch(() => undefined);
  if (shallow !== undefined && shallow.size > 0) return undefined;
  const refs = await refsOf(gitDirectory, ['refs/heads/', 'refs/tags/'], signal);
  if (refs.size > MOST_REFS) return undefined;
  const head = await linkOf(gitDirectory, 'HEAD');
  return {
    refs: [...refs].map(([name, object]) => [object, name]),
    ...(head !== undefined && refs.has(head) && { head: head.slice('refs/heads/'.length) }),
  };
}
