import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  ids,
  isFault,
  type LimitName,
  type Runtime,
  type RuntimeProblem,
  type RuntimeReport,
  type SandboxSpec,
} from '@cspace/domain';
import type { Context } from './context.ts';
import { DISK_WATCH_MS } from './disk-watch.ts';
import { sandboxPaths } from './paths.ts';
import { commandOf } from './process.ts';
import { type RunRecord, readRecord } from './record.ts';

/** Starts a sandbox that does nothing, looks whether it is where it should be, and removes it again. */
export async function probe(context: Context, runtime: Runtime, signal: AbortSignal): Promise<RuntimeReport> {
  const { bwrap, perl } = await context.machine();
  const version = bwrap === undefined ? undefined : await versionOf(bwrap);
  const missing = [
    ...(bwrap === undefined ? [lacks('bubblewrap is not installed', 'Install it: apt-get install bubblewrap')] : []),
    ...(perl === undefined ? [lacks('perl is not installed', 'Install it: apt-get install perl')] : []),
  ];
  if (missing.length > 0) return { kind: 'bubblewrap', usable: false, version, limits: {}, problems: missing };
  const tried = await tryStart(context, runtime, signal);
  if (tried.problem !== undefined) {
    return { kind: 'bubblewrap', usable: false, version, limits: {}, problems: [tried.problem] };
  }
  const { cgroups, seccomp } = await context.machine();
  const enforced = (tried.inCgroup && cgroups?.limits) || [];
  const limits: Partial<Record<LimitName, string>> = {
    disk: `measured at most every ${DISK_WATCH_MS / 1000} s; single files by the kernel`,
  };
  for (const limit of enforced) if (cgroups !== undefined) limits[limit] = cgroups.version;
  return { kind: 'bubblewrap', usable: true, version, limits, problems: weaknesses(context, enforced, seccomp) };
}

function weaknesses(
  context: Context,
  enforced: readonly LimitName[],
  seccomp: string | undefined,
): readonly RuntimeProblem[] {
  const unenforced = (['memory', 'pids', 'cpus'] as const).filter((limit) => !enforced.includes(limit));
  return [
    ...(context.ownUsers
      ? []
      : [
          weaker(
            'all sandboxes run as the user of the server: outside their namespaces nothing keeps them from each other or from it',
            'Run the server as root, as the systemd unit in the documentation does: every sandbox then has a user of its own',
          ),
        ]),
    ...(unenforced.length === 0
      ? []
      : [
          weaker(
            `no limits on ${unenforced.join(', ')}: there is no cgroup this server may write`,
            'Run the server as root, or delegate a cgroup to it (systemd: Delegate=yes)',
          ),
        ]),
    ...(seccomp === undefined
      ? [weaker(`no system call filter on ${process.arch}`, 'Use a machine with an x86_64 or aarch64 processor')]
      : []),
  ];
}

async function tryStart(
  context: Context,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<{ readonly problem?: RuntimeProblem; readonly inCgroup: boolean }> {
  const id = ids(randomBytes).sandbox();
  const spec: SandboxSpec = { id, layers: [], mounts: [], limits: {}, hostname: 'probe' };
  try {
    await runtime.create(spec, signal);
    await runtime.start(id, { argv: ['sleep', '60'], env: { PATH: '/usr/bin:/bin' }, cwd: '/workspace' }, signal);
    const run = await readRecord<RunRecord>(sandboxPaths(context.directory, id).run);
    const { cgroups } = await context.machine();
    const command = run?.init && (await commandOf(run.init));
    return { inCgroup: command !== undefined && (await cgroups?.holds(id, command)) === true };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { inCgroup: false, problem: lacks(error.message, hintFor(error.message)) };
  } finally {
    await runtime.destroy(id, new AbortController().signal);
  }
}

function hintFor(why: string): string {
  if (/overlay|map owners/.test(why)) return 'Keep the data on ext4, xfs, btrfs or tmpfs, with Linux 5.19 or later';
  if (/user namespace|new namespace|uid map|No permissions/i.test(why)) {
    return 'Allow unprivileged user namespaces: sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0';
  }
  return 'See the message; in a container, namespaces and mounts have to be allowed to it';
}

function lacks(what: string, hint: string): RuntimeProblem {
  return { severity: 'missing', what, hint };
}

function weaker(what: string, hint: string): RuntimeProblem {
  return { severity: 'weaker', what, hint };
}

async function versionOf(program: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, ['--version'], (error, output) =>
      resolve(error === null ? (/\d+\.\d+(\.\d+)?/.exec(output)?.[0] ?? 'unknown') : undefined),
    );
  });
}
