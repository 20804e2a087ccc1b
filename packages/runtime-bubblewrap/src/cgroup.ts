import { access, constants, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LimitName, SandboxId, SandboxLimits } from '@cspace/domain';

const ROOT = '/sys/fs/cgroup';
const V1 = ['memory', 'pids', 'cpu'] as const;
/** <linux/sched.h>: cpu limits are counted over this period, in microseconds. */
const CPU_PERIOD_US = 100_000;

/** The control groups of this machine that we may write, and how limits are said to them. */
export type Cgroups = {
  readonly version: 'v1' | 'v2' | 'none';
  /** Makes a sandbox's groups with its limits; gives the files a process writes its id to. */
  make(id: SandboxId, limits: SandboxLimits): Promise<readonly string[]>;
  /** Which limit ended a process of the sandbox, if one did. */
  hit(id: SandboxId): Promise<LimitName | undefined>;
  /** Every process in the sandbox's groups. */
  processes(id: SandboxId): Promise<readonly number[]>;
  remove(id: SandboxId): Promise<void>;
  /** Sandboxes that have groups. */
  list(): Promise<readonly string[]>;
};

/** Finds the control groups by making one. `scope` keeps two installations apart. */
export async function cgroups(scope: string): Promise<Cgroups> {
  const own = await ownGroups();
  const v1 = V1.map((controller) => join(ROOT, controller, own.get(controller) ?? '', 'cspace', scope));
  if (await allMade(v1)) return groups('v1', v1);
  const v2 = join(ROOT, own.get('') ?? '', 'cspace', scope);
  if (await isV2(v2)) return groups('v2', [v2]);
  return groups('none', []);
}

function groups(version: Cgroups['version'], roots: readonly string[]): Cgroups {
  const of = (id: string) => roots.map((root) => join(root, id));
  return {
    version,
    async make(id, limits) {
      for (const group of of(id)) await mkdir(group, { recursive: true });
      await (version === 'v1'
        ? limitV1(of(id), limits)
        : version === 'v2'
          ? limitV2(of(id)[0] ?? '', limits)
          : undefined);
      return of(id).map((group) => join(group, 'cgroup.procs'));
    },
    async hit(id) {
      const [memory, pids] = version === 'v1' ? of(id) : [of(id)[0], of(id)[0]];
      if (memory === undefined || pids === undefined) return undefined;
      const oom = await text(join(memory, version === 'v1' ? 'memory.oom_control' : 'memory.events'));
      if (/^oom_kill [1-9]/m.test(oom)) return 'memory';
      return undefined;
    },
    async processes(id) {
      const lists = await Promise.all(of(id).map((group) => text(join(group, 'cgroup.procs'))));
      return [...new Set(lists.flatMap((list) => list.split('\n').filter(Boolean).map(Number)))];
    },
    async remove(id) {
      for (const group of of(id)) await removeGroup(group);
    },
    async list() {
      const [first] = roots;
      if (first === undefined) return [];
      const entries = await readdir(first, { withFileTypes: true }).catch(() => []);
      return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    },
  };
}

async function limitV1([memory, pids, cpu]: readonly string[], limits: SandboxLimits): Promise<void> {
  if (limits.memoryBytes !== undefined) {
    await writeFile(join(memory ?? '', 'memory.limit_in_bytes'), String(limits.memoryBytes));
    await writeFile(join(memory ?? '', 'memory.memsw.limit_in_bytes'), String(limits.memoryBytes)).catch(
      () => undefined,
    );
  }
  if (limits.pids !== undefined) await writeFile(join(pids ?? '', 'pids.max'), String(limits.pids));
  if (limits.cpus !== undefined) {
    await writeFile(join(cpu ?? '', 'cpu.cfs_period_us'), String(CPU_PERIOD_US));
    await writeFile(join(cpu ?? '', 'cpu.cfs_quota_us'), String(Math.ceil(limits.cpus * CPU_PERIOD_US)));
  }
}

async function limitV2(group: string, limits: SandboxLimits): Promise<void> {
  if (limits.memoryBytes !== undefined) {
    await writeFile(join(group, 'memory.max'), String(limits.memoryBytes));
    await writeFile(join(group, 'memory.swap.max'), '0').catch(() => undefined);
  }
  if (limits.pids !== undefined) await writeFile(join(group, 'pids.max'), String(limits.pids));
  if (limits.cpus !== undefined) {
    await writeFile(join(group, 'cpu.max'), `${Math.ceil(limits.cpus * CPU_PERIOD_US)} ${CPU_PERIOD_US}`);
  }
}

/** A group goes once its last process is reaped, which the kernel may tell a moment later. */
async function removeGroup(group: string): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    try {
      await rmdir(group);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

async function allMade(directories: readonly string[]): Promise<boolean> {
  try {
    for (const directory of directories) {
      await mkdir(directory, { recursive: true });
      await access(join(directory, 'cgroup.procs'), constants.W_OK);
    }
    return true;
  } catch {
    return false;
  }
}

/** Whether a group can be made there whose children have the controllers we need. */
async function isV2(directory: string): Promise<boolean> {
  try {
    await mkdir(directory, { recursive: true });
    for (const parent of [join(directory, '..'), directory]) {
      await writeFile(join(parent, 'cgroup.subtree_control'), '+memory +pids +cpu');
    }
    return true;
  } catch {
    await rmdir(directory).catch(() => undefined);
    return false;
  }
}

/** The groups this process is in, by controller ('' is the unified hierarchy). Ours are made below them. */
async function ownGroups(): Promise<ReadonlyMap<string, string>> {
  const lines = (await text('/proc/self/cgroup')).split('\n').filter(Boolean);
  return new Map(
    lines.flatMap((line) => {
      const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      return controllers.split(',').map((controller): [string, string] => [controller, path]);
    }),
  );
}

function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
