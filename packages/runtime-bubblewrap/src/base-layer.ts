import { createHash } from 'node:crypto';
import { cp, lstat, mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The host's own top-level directories that a sandbox sees. A symbolic link among them stays one. */
const SYSTEM = ['usr', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];
/** Empty directories that programs expect. */
const EMPTY = [
  'home',
  'workspace',
  'tmp',
  'var/tmp',
  'var/log',
  'var/lib',
  'var/cache',
  'run',
  'root',
  'opt',
  'srv',
  'mnt',
  'media',
  'proc',
  'dev',
  'sys',
];
/** Never taken from /etc, even where everybody on the host may read it. */
const NOT_FROM_ETC = new Set([
  'shadow',
  'gshadow',
  'shadow-',
  'gshadow-',
  'sudoers',
  'sudoers.d',
  'krb5.keytab',
  'passwd',
  'passwd-',
  'group',
  'group-',
  'hosts',
  'hostname',
  'resolv.conf',
  'machine-id',
  'mtab',
  'fstab',
  'crypttab',
  'systemd',
  'ssh',
  'cron.d',
  'kubernetes',
  'docker',
  'wireguard',
  'NetworkManager',
  'netplan',
  'environment',
  'npmrc',
  'pip.conf',
  'gitconfig',
]);

const OWN_ETC: Readonly<Record<string, string>> = {
  passwd:
    'root:x:0:0:root:/root:/usr/sbin/nologin\nagent:x:1000:1000:agent:/home/agent:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
  group: 'root:x:0:\nagent:x:1000:\nnogroup:x:65534:\n',
  hosts: '127.0.0.1 localhost\n::1 localhost ip6-localhost\n',
  hostname: 'sandbox\n',
  'resolv.conf': '',
  'machine-id': '',
};

export type BaseLayer = {
  /** Directory of the layer below everything else. */
  readonly path: string;
  /** The host's directories to be shown as they are. */
  readonly shared: readonly string[];
};

/**
 * The lowest layer of every sandbox: empty directories, links to the host's system directories, and what anybody on the host
 * may read of /etc without its credentials. Made once for what the host has, and found again by a hash of that.
 */
export async function baseLayer(directory: string): Promise<BaseLayer> {
  const links: [string, string][] = [];
  const shared: string[] = [];
  for (const name of SYSTEM) {
    const stat = await lstat(`/${name}`).catch(() => undefined);
    if (stat?.isSymbolicLink()) links.push([name, await readlink(`/${name}`)]);
    else if (stat?.isDirectory()) shared.push(`/${name}`);
  }
  const etc = await readableEtc();
  const key = createHash('sha256')
    .update(JSON.stringify([links, shared, etc, OWN_ETC, EMPTY]))
    .digest('hex')
    .slice(0, 16);
  const path = join(directory, key);
  if ((await lstat(path).catch(() => undefined)) === undefined) await make(path, links, shared, etc);
  return { path, shared };
}

async function make(
  path: string,
  links: readonly (readonly [string, string])[],
  shared: readonly string[],
  etc: readonly (readonly [string, number])[],
): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  await rm(draft, { recursive: true, force: true });
  for (const name of [...EMPTY, ...shared.map((each) => each.slice(1)), 'etc']) {
    await mkdir(join(draft, name), { recursive: true, mode: 0o755 });
  }
  for (const [name, target] of links) await symlink(target, join(draft, name));
  for (const [name] of etc) {
    await cp(join('/etc', name), join(draft, 'etc', name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: async (source) => isForEverybody(source),
    });
  }
  for (const [name, text] of Object.entries(OWN_ETC)) await writeFile(join(draft, 'etc', name), text);
  await rename(draft, path).catch(async (error: NodeJS.ErrnoException) => {
    await rm(draft, { recursive: true, force: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}

/** What of /etc goes in, with the time of its last change. */
async function readableEtc(): Promise<readonly (readonly [string, number])[]> {
  const names = (await readdir('/etc')).filter((name) => !NOT_FROM_ETC.has(name)).toSorted();
  const entries = await Promise.all(
    names.map(async (name) => {
      const path = join('/etc', name);
      return (await isForEverybody(path)) ? ([[name, (await lstat(path)).mtimeMs]] as const) : [];
    }),
  );
  return entries.flat();
}

/** Whether everybody on the host may read it, and it is a plain file, directory or link without a key's name. */
async function isForEverybody(path: string): Promise<boolean> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined || /private|\.key$|keytab|secret|credential|password/i.test(path)) return false;
  if (stat.isSymbolicLink()) return true;
  return (stat.isFile() || stat.isDirectory()) && (stat.mode & 0o004) !== 0;
}
