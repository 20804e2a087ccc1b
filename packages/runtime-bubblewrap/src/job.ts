import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, mountsOf, type SandboxCommand, type SandboxMount } from '@cspace/domain';
import { bubblewrapArguments } from './arguments.ts';
import type { Base } from './base.ts';
import type { CgroupPlaces } from './cgroup.ts';
import { OUTER_USERS } from './outer-user.ts';
import { type SandboxPaths, sandboxPaths } from './paths.ts';
import type { SandboxRecord } from './record.ts';
import { callNumber } from './system-calls.ts';

/** The most that is kept of a run's output. */
export const LOG_BYTES = 2 * 1024 * 1024;
const OPEN_FILES = 65_536;

export type JobParts = {
  readonly directory: string;
  readonly bwrap: string;
  /** The compiled filter; undefined where there is none for this processor. */
  readonly seccomp: string | undefined;
  readonly bootId: string;
  readonly base: Base;
  readonly cgroup: CgroupPlaces | undefined;
  readonly record: SandboxRecord;
  readonly command: SandboxCommand;
  readonly startedAtMs: number;
};

/**
 * Writes what the launcher is to do; answers the job's path, which no other start has. A launcher goes no further than its first
 * step once its job is gone.
 */
export async function writeJob(parts: JobParts): Promise<string> {
  const paths = sandboxPaths(parts.directory, parts.record.spec.id);
  await mkdir(paths.job, { mode: 0o700 });
  const path = join(paths.job, randomBytes(8).toString('hex'));
  const bwrapArguments = bubblewrapArguments(parts.record.spec.hostname, parts.command);
  await Promise.all([
    writeFile(paths.arguments, terminated(bwrapArguments), { mode: 0o600 }),
    writeFile(path, terminated(job(parts, paths).flat()), { mode: 0o600 }),
  ]);
  return path;
}

/** Takes its job from a launcher that a server has left behind and that has not begun: it could begin a second run. */
export async function withdrawJob(paths: SandboxPaths): Promise<void> {
  await rm(paths.job, { recursive: true, force: true });
}

function job(parts: JobParts, paths: SandboxPaths): [key: string, value: string][] {
  const { spec, outerUser } = parts.record;
  const { base } = parts;
  const calls = ['unshare', 'mount', 'prctl', 'prlimit64', 'setgroups', 'setresgid', 'setresuid', 'capset'] as const;
  const given = (key: string, value: string | number | undefined): [string, string][] =>
    value === undefined ? [] : [[key, String(value)]];
  return [
    ...calls.flatMap((call) => given(`nr-${call}`, callNumber(call, process.arch))),
    ['directory', parts.directory],
    ['overlay', overlayOptions(parts)],
    ...given('outer-user', outerUser),
    ['files-owner', String(OUTER_USERS.filesOwner)],
    ['bwrap', parts.bwrap],
    ['arguments', paths.arguments],
    ...given('seccomp', parts.seccomp),
    ['boot-id', parts.bootId],
    ['started-at-ms', String(parts.startedAtMs)],
    ['run', paths.run],
    ['end', paths.end],
    ['log', paths.log],
    ['log-bytes', String(LOG_BYTES)],
    ...(parts.cgroup?.join ?? []).flatMap((file) => given('join', file)),
    ...given('oom', parts.cgroup?.oom),
    // <asm-generic/resource.h>: no core dumps, bounded descriptors, no file larger than the disk it may use.
    ['rlimit', '4:0'],
    ['rlimit', `7:${OPEN_FILES}`],
    ...given('rlimit', spec.limits.diskBytes && `1:${spec.limits.diskBytes}`),
    // By the launcher and not by bubblewrap, which reads the whole list of mounts again for each.
    ...[...base.binds.map(hostDirectory), ...mountsOf(spec)].flatMap(({ source, target, mode }): [string, string][] => [
      ['mount-source', source],
      ['mount-target', target.slice(1)],
      ['mount-mode', mode],
    ]),
    ...parts.command.argv.flatMap((word) => given('argv', word)),
  ];
}

function hostDirectory(path: string): SandboxMount {
  return { source: path, target: path, mode: 'read-only' };
}

/** Relative to the directory and made of ids only: a `,` or `:` of the user's cannot get in. */
function overlayOptions({ record, base }: JobParts): string {
  const own = join('sandboxes', record.spec.id);
  const layers = record.spec.layers.map((layer) => join('layers', layer)).reverse();
  const lower = [...layers, join('bases', base.name), join(own, 'own')].join(':');
  const mode = record.outerUser === undefined ? 'userxattr' : 'redirect_dir=on';
  return `lowerdir=${lower},upperdir=${join(own, 'upper')},workdir=${join(own, 'work')},${mode}`;
}

function terminated(words: readonly string[]): string {
  if (words.some((word) => word.includes('\0'))) {
    throw new Fault('invalid', 'Cannot start the command: an argument or a variable has a NUL character');
  }
  return words.map((word) => `${word}\0`).join('');
}
