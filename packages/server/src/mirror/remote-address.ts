import { resolve } from 'node:path';
import type { Project } from '@cspace/domain';
import { commonDirectory } from './common-directory.ts';
import { tryGit } from './git.ts';

/** A remote of the user's repository. `address`: where pushes go, credentials in it included. */
export type Remote = { readonly name: string; readonly address: string };

/** The remotes in a repository's own configuration, read as a file; nothing of it is run and no include is followed. */
export async function remotesOf(repository: string, signal: AbortSignal): Promise<readonly Remote[]> {
  const common = await commonDirectory(repository);
  if (common === undefined) return [];
  const args = ['config', '--file', `${common}/config`, '-z', '--get-regexp', '^remote\\..*\\.(url|pushurl)$'];
  const { stdout } = await tryGit(args, { signal });
  const found = new Map<string, { url?: string; pushurl?: string }>();
  for (const entry of stdout.split('\0')) {
    const match = /^remote\.(.*)\.(url|pushurl)\n(.*)$/s.exec(entry);
    if (match === null) continue;
    const [, name = '', key, value = ''] = match;
    const remote = found.get(name) ?? {};
    if (key === 'url') remote.url ??= value;
    else remote.pushurl ??= value;
    found.set(name, remote);
  }
  return [...found].flatMap(([name, { url, pushurl }]) => {
    const address = pushurl ?? url;
    return address === undefined || address === '' ? [] : [{ name, address: absolute(repository, address) }];
  });
}

/** The remote that pushes land on: `origin`, or the only one. */
export async function mainRemote(repository: string, signal: AbortSignal): Promise<Remote | undefined> {
  const remotes = await remotesOf(repository, signal);
  return remotes.find(({ name }) => name === 'origin') ?? (remotes.length === 1 ? remotes[0] : undefined);
}

/** An address as it may be stored and shown: without password or token. */
export function shownAddress(address: string): string {
  if (!/^https?:\/\//i.test(address)) return address.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/@:]*):[^/@]*@/i, '$1@');
  return address.replace(/^(https?:\/\/)[^/@]*@/i, '$1');
}

/**
 * How git is to reach a project's remote: an address without credentials for the argument list, which anybody on the machine
 * can read, and the credentials as configuration for the environment, which only the user can.
 */
export async function remoteAddress(
  project: Project,
  remote: string,
  signal: AbortSignal,
): Promise<{ readonly address: string; readonly config: readonly (readonly [string, string])[] }> {
  const written = (await remotesOf(project.path, signal)).find(({ address }) => shownAddress(address) === remote);
  const address = shownAddress(remote);
  const parsed = URL.parse(written?.address ?? remote);
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.username === '') return { address, config: [] };
  const basic = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
  const header = `Authorization: Basic ${Buffer.from(basic).toString('base64')}`;
  return { address, config: [[`http.${parsed.origin}/.extraHeader`, header]] };
}

/** A path relative to the repository, made absolute; addresses of every other form stay. */
function absolute(repository: string, address: string): string {
  const isPath = !/^[a-z][a-z0-9+.-]*:\/\//i.test(address) && !/^[^/]*:/.test(address);
  return isPath ? resolve(repository, address) : address;
}
