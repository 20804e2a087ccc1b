import { createHash } from 'node:crypto';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, oneAtATime, type Runtime } from '@cspace/domain';
import { bases } from './base.ts';
import { detectCgroups } from './cgroup.ts';
import { type Context, type Machine, readBootId } from './context.ts';
import { createSandbox } from './create.ts';
import { destroySandbox } from './destroy.ts';
import { watchDisk } from './disk-watch.ts';
import { findProgram } from './find-program.ts';
import { LAUNCHER } from './launcher.ts';
import { listSandboxes } from './list.ts';
import { probe } from './probe.ts';
import { seccompProgram } from './seccomp.ts';
import { snapshots } from './snapshots.ts';
import { startSandbox } from './start.ts';
import { stopSandbox } from './stop.ts';

export type BubblewrapOptions = {
  /** Ours alone; absolute. Sandboxes, layers and users are recorded in it. */
  readonly directory: string;
  readonly clock: Clock;
  /** The program; `bwrap` on the path by default. */
  readonly bwrap?: string;
};

/**
 * Sandboxes of namespaces and overlays, without a daemon. Disposing of it stops the watch over disks; sandboxes go on.
 */
export function bubblewrapRuntime(options: BubblewrapOptions): Runtime & Disposable {
  const { directory, clock, bwrap = 'bwrap' } = options;
  const ownUsers = process.getuid?.() === 0;
  let machine: Promise<Machine> | undefined;
  const context: Context = {
    directory,
    clock,
    ownUsers,
    base: bases(directory, ownUsers),
    machine: () => {
      const looked = machine ?? lookAtMachine(directory, bwrap);
      machine = looked;
      // What is missing may be installed next: only a machine that has everything is remembered.
      const forget = () => {
        if (machine === looked) machine = undefined;
      };
      looked.then((found) => (found.bwrap === undefined || found.perl === undefined ? forget() : undefined), forget);
      return looked;
    },
    alone: oneAtATime(),
  };
  const watch = watchDisk(context);
  const runtime: Runtime = {
    kind: 'bubblewrap',
    snapshots: snapshots(context),
    create: (spec, signal) => context.alone(spec.id, () => createSandbox(context, spec, signal)),
    start: (id, command, signal) => context.alone(id, () => startSandbox(context, id, command, signal)),
    stop: (id, graceMs, signal) => context.alone(id, () => stopSandbox(context, id, graceMs, signal)),
    destroy: (id, signal) => context.alone(id, () => destroySandbox(context, id, signal)),
    list: () => listSandboxes(context),
    probe: (signal) => probe(context, runtime, signal),
  };
  return { ...runtime, [Symbol.dispose]: () => watch[Symbol.dispose]() };
}

async function lookAtMachine(directory: string, bwrapName: string): Promise<Machine> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const [bwrap, perl, cgroups, bootId, launcher, seccomp] = await Promise.all([
    findProgram(bwrapName),
    findProgram('perl'),
    detectCgroups(),
    readBootId(),
    place(directory, 'launcher', Buffer.from(LAUNCHER)),
    place(directory, 'seccomp', seccompProgram(process.arch)),
  ]);
  return { bwrap, perl, cgroups, bootId, launcher: String(launcher), seccomp };
}

/** Named for what is in it: a newer version never changes a file that runs use. */
async function place(directory: string, name: string, bytes: Uint8Array | undefined): Promise<string | undefined> {
  if (bytes === undefined) return undefined;
  const path = join(directory, `${name}-${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`);
  if ((await stat(path).catch(() => undefined)) !== undefined) return path;
  await writeFile(`${path}.${process.pid}`, bytes, { mode: 0o600 });
  await rename(`${path}.${process.pid}`, path);
  return path;
}
