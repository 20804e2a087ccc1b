import { randomUUID } from 'node:crypto';
import { access, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LimitName, SandboxId, SandboxLimits } from '@cspace/domain';
import { signalProcess } from './process.ts';
import { isErrno } from './record.ts';

/** What a cgroup hierarchy of this machine can do for sandboxes; ours are `cspace/<sandbox id>` in each. */
export type Cgroups = {
  readonly version: 'cgroup v1' | 'cgroup v2';
  readonly limits: readonly LimitName[];
  /** Makes fresh groups with these limits, counters at zero. */
  prepare(id: SandboxId, limits: SandboxLimits): Promise<CgroupPlaces>;
  /** Whether a process really is in them. */
  holds(id: SandboxId, pid: number): Promise<boolean>;
  /** Kills whatever is left in them and removes them. */
  remove(id: SandboxId): Promise<void>;
};

/** `join`: files a process writes 0 to, to be in. `oom`: the file that counts kills for want of memory. */
export type CgroupPlaces = { readonly join: readonly string[]; readonly oom: string | undefined };

/** A setting to write; what may be missing (swap accounting) is `optional`. */
type Setting = { readonly file: string; readonly value: string; readonly optional?: boolean };
type Hierarchy = { readonly root: string; readonly settings: (limits: SandboxLimits) => readonly Setting[] };

/** Finds the hierarchies we may really make groups in; undefined when there is none. `mounts` is a mountinfo file. */
export async function detectCgroups(mounts = '/proc/self/mountinfo'): Promise<Cgroups | undefined> {
  const lines = (await readFile(mounts, 'utf8')).split('\n').map((line) => line.split(' '));
  const found = lines.flatMap((fields) => {
    const after = fields.indexOf('-');
    const point = fields[4]?.replace(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    return point === undefined
      ? []
      : [{ point, type: fields[after + 1], options: (fields[after + 3] ?? '').split(',') }];
  });
  const unified = found.find(({ type }) => type === 'cgroup2');
  if (unified !== undefined && (await usableV2(unified.point))) return cgroupsV2(join(unified.point, 'cspace'));
  const usable: Hierarchies = {};
  for (const name of CONTROLLERS) {
    const mount = found.find(({ type, options }) => type === 'cgroup' && options.includes(name));
    const root = mount === undefined ? undefined : join(mount.point, 'cspace');
    if (root !== undefined && (await writable(root))) usable[name] = root;
  }
  return Object.keys(usable).length === 0 ? undefined : cgroupsV1(usable);
}

const CONTROLLERS = ['memory', 'pids', 'cpu'] as const;
const LIMIT_OF = { memory: 'memory', pids: 'pids', cpu: 'cpus' } as const;
type Hierarchies = Partial<Record<(typeof CONTROLLERS)[number], string>>;

/** By trying: that a file is there says little in a container. Others of this machine may try at the same moment. */
async function writable(root: string): Promise<boolean> {
  const probe = join(root, `probe-${randomUUID()}`);
  try {
    await mkdir(root, { recursive: true });
    await mkdir(probe);
    await rmdir(probe);
    return true;
  } catch {
    return false;
  }
}

async function usableV2(point: string): Promise<boolean> {
  try {
    const offered = (await readFile(join(point, 'cgroup.controllers'), 'utf8')).trim().split(' ');
    if (!CONTROLLERS.every((name) => offered.includes(name))) return false;
    const enable = CONTROLLERS.map((name) => `+${name}`).join(' ');
    await writeFile(join(point, 'cgroup.subtree_control'), enable);
    if (!(await writable(join(point, 'cspace')))) return false;
    await writeFile(join(point, 'cspace', 'cgroup.subtree_control'), enable);
    return true;
  } catch {
    return false;
  }
}

export function cgroupsV2(root: string): Cgroups {
  const settings = (limits: SandboxLimits): Setting[] => [
    ...setting('memory.max', limits.memoryBytes),
    ...setting('memory.swap.max', limits.memoryBytes && 0, true),
    ...setting('pids.max', limits.pids),
    ...setting('cpu.max', limits.cpus && `${Math.ceil(limits.cpus * 100_000)} 100000`),
  ];
  return cgroups('cgroup v2', ['memory', 'pids', 'cpus'], [{ root, settings }], (id) => ({
    join: [join(root, id, 'cgroup.procs')],
    oom: join(root, id, 'memory.events'),
  }));
}

export function cgroupsV1(roots: Hierarchies): Cgroups {
  const settings = {
    memory: ({ memoryBytes }: SandboxLimits) => [
      ...setting('memory.limit_in_bytes', memoryBytes),
      ...setting('memory.memsw.limit_in_bytes', memoryBytes, true),
    ],
    pids: ({ pids }: SandboxLimits) => setting('pids.max', pids),
    cpu: ({ cpus }: SandboxLimits) => setting('cpu.cfs_quota_us', cpus && Math.ceil(cpus * 100_000)),
  };
  const present = CONTROLLERS.flatMap((name) => {
    const root = roots[name];
    return root === undefined ? [] : [{ name, root, settings: settings[name] }];
  });
  return cgroups(
    'cgroup v1',
    present.map(({ name }) => LIMIT_OF[name]),
    present,
    // Moving one thread that is the writer itself costs nothing; `cgroup.procs` waits for the whole machine.
    (id) => ({
      join: present.map(({ root }) => join(root, id, 'tasks')),
      oom: roots.memory === undefined ? undefined : join(roots.memory, id, 'memory.oom_control'),
    }),
  );
}

function setting(file: string, value: number | string | undefined, optional = false): Setting[] {
  return value === undefined ? [] : [{ file, value: String(value), optional }];
}

function cgroups(
  version: Cgroups['version'],
  limits: readonly LimitName[],
  hierarchies: readonly Hierarchy[],
  places: (id: SandboxId) => CgroupPlaces,
): Cgroups {
  const remove = async (id: SandboxId) => {
    await Promise.all(hierarchies.map(({ root }) => removeGroup(join(root, id))));
  };
  return {
    version,
    limits,
    remove,
    async holds(id, pid) {
      const members = await Promise.all(
        hierarchies.map(({ root }) => readFile(join(root, id, 'cgroup.procs'), 'utf8').catch(() => '')),
      );
      return members.every((text) => text.split('\n').includes(String(pid)));
    },
    async prepare(id, wanted) {
      await remove(id);
      await Promise.all(
        hierarchies.map(async ({ root, settings }) => {
          const group = join(root, id);
          await mkdir(group, { recursive: true });
          for (const { file, value, optional } of settings(wanted)) {
            if (optional && !(await exists(join(group, file)))) continue;
            await writeFile(join(group, file), value);
          }
        }),
      );
      return places(id);
    },
  };
}

/** A group is busy until the last of its dead is reaped, which is a matter of milliseconds. */
async function removeGroup(group: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      await rmdir(group);
      return;
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return;
      if (!isErrno(error, 'EBUSY')) throw error;
    }
    const members = await readFile(join(group, 'cgroup.procs'), 'utf8').catch(() => '');
    for (const pid of members.split('\n').filter((line) => line !== '')) signalProcess(Number(pid), 'SIGKILL');
    await sleep(Math.min(1 + attempt, 20));
  }
  throw new Error(`${group} stays busy`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
