import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { link, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '@cspace/domain';
import { homePaths, SshPublicKey } from '@cspace/protocol';
import type { Cli } from '../cli.ts';

/** What ssh has to know to get into one session: whose key it shows, and where it finds the sandbox's. */
export type SshFiles = {
  readonly identity: string;
  readonly knownHosts: string;
  /** What the sandbox is called in there. */
  readonly alias: string;
};

/** Where that is. By project and name, so that an entry in a configuration outlives the session it was made for. */
export function sshFiles({ io }: Pick<Cli, 'io'>, projectId: string, name: string): SshFiles {
  const directory = join(homePaths(io).data, 'ssh');
  const id = createHash('sha256').update(`${projectId} ${name}`).digest('hex').slice(0, 20);
  const alias = `cspace-${id}`;
  return { identity: join(directory, 'id_ed25519'), knownHosts: join(directory, 'hosts', id), alias };
}

/** The public half of this installation's own key, which is made when there is none. The other half stays where it is. */
export async function clientKey({ identity }: SshFiles): Promise<string> {
  const text = await readFile(`${identity}.pub`, 'utf8').catch(() => make(identity));
  const key = SshPublicKey.safeParse(text.trim().split(' ').slice(0, 2).join(' '));
  if (key.success) return key.data;
  throw new Fault('failed', `Cannot use ${identity}.pub: it is not an ed25519 public key`, {
    hint: 'Remove it and the key beside it, and new ones are made',
  });
}

/** Writes the key that the sandbox has now, before ssh compares. */
export function rememberHost({ knownHosts, alias }: SshFiles, hostKey: string): void {
  mkdirSync(dirname(knownHosts), { recursive: true, mode: 0o700 });
  const next = `${knownHosts}.${randomUUID()}`;
  writeFileSync(next, `${alias} ${hostKey}\n`, { mode: 0o600 });
  renameSync(next, knownHosts);
}

/** Makes the pair and gives its public half. The secret half is linked first: of two that make one at once, one pair is kept. */
async function make(identity: string): Promise<string> {
  const directory = dirname(identity);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const own = await mkdtemp(join(directory, 'new-'));
  try {
    const fresh = join(own, 'key');
    await keygen('-q', '-t', 'ed25519', '-N', '', '-C', 'cspace', '-f', fresh);
    await link(fresh, identity).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    const text = await keygen('-y', '-f', identity);
    await writeFile(`${fresh}.pub`, text);
    await rename(`${fresh}.pub`, `${identity}.pub`);
    return text;
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

function keygen(...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('ssh-keygen', args, (cause, stdout, stderr) => {
      if (cause === null) resolve(stdout);
      else if (cause.code === 'ENOENT') {
        const hint = 'Install it: apt-get install openssh-client';
        reject(new Fault('lacking', 'Cannot make a key for ssh: ssh-keygen is not installed', { cause, hint }));
      } else reject(new Fault('failed', `Cannot make a key for ssh: ${stderr.trim() || cause.message}`, { cause }));
    });
  });
}
