import { readFile } from 'node:fs/promises';
import type { Clock, SandboxId } from '@cspace/domain';
import type { Base } from './base.ts';
import type { Cgroups } from './cgroup.ts';

/** What every verb of the runtime works with. */
export type Context = {
  readonly directory: string;
  readonly clock: Clock;
  /** As root every sandbox has an outer user of its own; otherwise all run as the server's user. */
  readonly ownUsers: boolean;
  /** Found once, when first needed. */
  readonly machine: () => Promise<Machine>;
  readonly base: () => Promise<Base>;
  /** One thing at a time happens to a sandbox. */
  readonly alone: <T>(id: SandboxId, act: () => Promise<T>) => Promise<T>;
};

export type Machine = {
  /** Programs by their whole path; undefined where one is not installed. */
  readonly bwrap: string | undefined;
  readonly perl: string | undefined;
  readonly cgroups: Cgroups | undefined;
  readonly bootId: string;
  /** Files written for the launcher. */
  readonly launcher: string;
  readonly seccomp: string | undefined;
};

export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}
