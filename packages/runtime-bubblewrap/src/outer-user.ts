import { randomInt } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxId } from '@cspace/domain';
import { isErrno } from './record.ts';

/**
 * The users and groups that are cspace's when the server is root: a part of the numbers that neither distributions, systemd nor
 * subordinate ids give to anybody (1879048192 and up). The first owns what sandboxes write, on disk; each sandbox runs as one of the
 * others, and its mount maps the one to the other. So a layer belongs to nobody in particular and can be under any sandbox.
 */
export const OUTER_USERS = { filesOwner: 1_879_048_192, first: 1_879_048_193, count: 134_217_728 } as const;

/** Takes a user nobody has: the record is made exclusively, and is only gone when the sandbox is destroyed. */
export async function claimOuterUser(directory: string, id: SandboxId): Promise<number> {
  const users = join(directory, 'users');
  await mkdir(users, { recursive: true, mode: 0o700 });
  for (;;) {
    const uid = OUTER_USERS.first + randomInt(OUTER_USERS.count);
    try {
      await writeFile(join(users, String(uid)), id, { flag: 'wx', mode: 0o600 });
      return uid;
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
  }
}

/** Gives back every user of a sandbox, also one whose sandbox was never finished. */
export async function releaseOuterUser(directory: string, id: SandboxId, uid: number | undefined): Promise<void> {
  const users = join(directory, 'users');
  if (uid !== undefined) return rm(join(users, String(uid)), { force: true });
  const names = await readdir(users).catch(() => []);
  for (const name of names) {
    if ((await readFile(join(users, name), 'utf8').catch(() => '')) === id)
      await rm(join(users, name), { force: true });
  }
}
