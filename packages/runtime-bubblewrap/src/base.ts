import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { boundInEtc, makeEtc, WATCHED_IN_ETC } from './etc.ts';
import { OUTER_USERS } from './outer-user.ts';
import { isErrno } from './record.ts';

/** The layer under every sandbox: the host's own programs and nothing else of it. */
export type Base = {
  /** Its name in `bases/`. */
  readonly name: string;
  /** Directories of the host that are bound read-only, at the same place. */
  readonly binds: readonly string[];
};

/** A change of what `makeBase` writes is a new number: bases on disk with another are not used again. */
const FORMAT = 4;
const PROGRAMS = /^(usr|bin|sbin|lib|lib32|lib64|libx32)$/;

/**
 * Finds the base for this host as it is now, and makes it when it is not there yet. A base is never changed: when the host changes, later
 * starts get another, and a running sandbox keeps its own. Looked at on every start, so it costs a few `stat`s and nothing else.
 */
export function bases(directory: string, ownUsers: boolean): () => Promise<Base> {
  let last: { readonly stamp: string; readonly base: Promise<Base> } | undefined;
  return () => {
    const stamp = hostStamp();
    if (last?.stamp === stamp) return last.base;
    const mine = { stamp, base: baseFor(directory, ownUsers, stamp) };
    last = mine;
    // What could not be made, as on a full disk, may be the next time.
    mine.base.catch(() => {
      if (last === mine) last = undefined;
    });
    return mine.base;
  };
}

async function baseFor(directory: string, ownUsers: boolean, stamp: string): Promise<Base> {
  const [top, opt] = await Promise.all([programDirectories(), optDirectories()]);
  const parts = JSON.stringify([FORMAT, ownUsers, top, opt, stamp]);
  const name = createHash('sha256').update(parts).digest('hex').slice(0, 20);
  const path = join(directory, 'bases', name);
  if ((await stat(path).catch(() => undefined)) === undefined) await makeBase(path, top, opt, ownUsers);
  const programs = top.filter(({ link }) => link === undefined).map((entry) => entry.path);
  return { name, binds: [...programs, ...opt, ...boundInEtc()] };
}

/** Changes when anything shown of the host's /etc or /opt may have. */
function hostStamp(): string {
  const watched = [...WATCHED_IN_ETC.map((name) => join('/etc', name)), '/opt'];
  return watched.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0).join(' ');
}

type Top = { readonly path: string; readonly link: string | undefined };

async function programDirectories(): Promise<readonly Top[]> {
  const names = (await readdir('/')).filter((name) => PROGRAMS.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const path = `/${name}`;
      return { path, link: (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined };
    }),
  );
}

async function optDirectories(): Promise<readonly string[]> {
  const entries = await readdir('/opt', { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('cspace'))
    .map(({ name }) => name);
  const readable = await Promise.all(names.map(async (name) => ((await stat(`/opt/${name}`)).mode & 0o005) === 0o005));
  return names.filter((_, at) => readable[at]).map((name) => `/opt/${name}`);
}

/** Made aside and moved into place whole, so that a crash leaves no half of one. */
async function makeBase(path: string, top: readonly Top[], opt: readonly string[], ownUsers: boolean): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(`${path}.`);
  try {
    await fillBase(draft, top, opt, ownUsers);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another start was first.
    if (!isErrno(error, 'ENOTEMPTY', 'EEXIST') || (await stat(path).catch(() => undefined)) === undefined) throw error;
  }
}

async function fillBase(draft: string, top: readonly Top[], opt: readonly string[], ownUsers: boolean): Promise<void> {
  await chmod(draft, 0o755);
  for (const { path: program, link } of top) {
    await (link === undefined ? mkdir(join(draft, program)) : symlink(link, join(draft, program)));
  }
  for (const place of ['proc', 'dev', 'root', 'var/lib', 'var/cache', 'var/log', 'run/user', 'opt', ...opt]) {
    await makeDirectory(join(draft, place), 0o755);
  }
  makeEtc(join(draft, 'etc'));
  await symlink('/run', join(draft, 'var/run'));
  for (const shared of ['tmp', 'var/tmp', 'run/lock']) await makeDirectory(join(draft, shared), 0o1777);
  await chmod(join(draft, 'run'), 0o1777);
  await makeDirectory(join(draft, 'home'), 0o755);
  for (const [own, mode] of [
    ['home/agent', 0o755],
    ['workspace', 0o755],
    ['run/user/1000', 0o700],
  ] as const) {
    await makeDirectory(join(draft, own), mode);
    if (ownUsers) await chown(join(draft, own), OUTER_USERS.filesOwner, OUTER_USERS.filesOwner);
  }
}

/** Whatever the server's umask. */
async function makeDirectory(path: string, mode: number): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
}
