import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { encodeFrame } from '@cspace/protocol';
import { run } from '../run.ts';
import { serveCommand } from './serve-command.ts';
import { sshdFiles, sshdOptions } from './sshd-options.ts';

/** It is to be started by an absolute path. */
const PROGRAMS = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'] as const;

type At = { readonly cwd: string; readonly env: Record<string, string>; readonly state: string };

/** An ssh server of the sandbox's own user for one client, ready to be given a connection. Rejects with why it cannot be. */
export async function prepareSshd(clientKey: string, at: At): Promise<(socket: Socket) => void> {
  const program = PROGRAMS.find((path) => existsSync(path));
  if (program === undefined)
    throw new Error('the sandbox has no sshd; install openssh-server on this machine or in its image');
  const files = sshdFiles(at.state, createHash('sha256').update(clientKey).digest('hex').slice(0, 16));
  const hostKey = await hostPublicKey(files.hostKey, at);
  await put(files.authorizedKeys, `${clientKey}\n`);
  return (socket) => {
    socket.write(encodeFrame('data', Buffer.from(`${hostKey}\n`)));
    serveCommand(socket, [program, ...sshdOptions({ ...files, env: at.env })], at);
  };
}

/** The host key that this sandbox keeps, made when it is first asked for. */
async function hostPublicKey(path: string, at: At): Promise<string> {
  if (!existsSync(path)) await makeHostKey(path, at);
  const made = await run(['ssh-keygen', '-y', '-f', path], at);
  if (made.exitCode !== 0) throw new Error(`its host key cannot be read (${made.stderr.trim()})`);
  return made.stdout.toString('utf8').trim().split(' ').slice(0, 2).join(' ');
}

/** Linked into place whole: of two that make one at once, one is kept. */
async function makeHostKey(path: string, at: At): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const own = await mkdtemp(join(dirname(path), 'new-'));
  try {
    const fresh = join(own, 'key');
    const made = await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'cspace', '-f', fresh], at);
    if (made.exitCode !== 0) throw new Error(`its host key cannot be made (${made.stderr.trim()})`);
    await link(fresh, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** Clients come several at once, with the same key: each puts the same file, whole. */
async function put(path: string, content: string): Promise<void> {
  const next = `${path}.${randomUUID()}`;
  await writeFile(next, content, { mode: 0o600 });
  await rename(next, path);
}
