import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { chown, lchown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type Clock,
  Fault,
  type LayerId,
  type Runtime,
  type SandboxCommand,
  SandboxId,
  type SandboxSeen,
  type SandboxSpec,
} from '@cspace/domain';
import { bubblewrapArguments, SHOWN_ROOT } from './arguments.ts';
import { type BaseLayer, baseLayer } from './base-layer.ts';
import { type Cgroups, cgroups } from './cgroup.ts';
import { LAUNCH } from './launch.ts';
import { type RunState, runState } from './run-state.ts';
import { seccompProgram } from './seccomp.ts';

/** Outer users of sandboxes: one each from here on, when the server is root. Away from people's and from usual subuid ranges. */
const FIRST_OUTER_UID = 1_879_048_192;
const OUTER_UIDS = 1_000_000;
/** How long bubblewrap may take to make its namespaces. */
const LAUNCH_MS = 20_000;
const TAIL_BYTES = 2_000;

export type BubblewrapOptions = {
  /** A directory of ours; its path may hold anything. */
  readonly directory: string;
  readonly clock: Clock;
  /** The bubblewrap program. */
  readonly bwrap?: string;
};

/** Where a sandbox's run writes its standard output and error. */
export function logPath(directory: string, id: SandboxId): string {
  return join(directory, 'sandboxes', id, 'log');
}

/** Sandboxes of Linux namespaces over overlay filesystems, made by bubblewrap. No daemon. */
export function bubblewrapRuntime(options: BubblewrapOptions): Runtime {
  const { directory } = options;
  const bwrap = options.bwrap ?? 'bwrap';
  const isRoot = process.getuid?.() === 0;
  const scope = createHash('sha256').update(directory).digest('hex').slice(0, 12);
  let based: Promise<BaseLayer> | undefined;
  let grouped: Promise<Cgroups> | undefined;
  const base = () => (based ??= baseLayer(join(directory, 'base')));
  const groups = () => (grouped ??= cgroups(scope));
  const of = (id: string) => join(directory, 'sandboxes', id);
  const layerOf = (id: LayerId) => join(directory, 'layers', id);
  const oneAtATime = serialize();

  async function create(spec: SandboxSpec): Promise<void> {
    if ((await readSpec(of(spec.id))) !== undefined) return;
    await remove(spec.id);
    const draft = of(spec.id);
    const uid = isRoot ? await freeUid(directory) : undefined;
    try {
      for (const name of ['upper', 'work', 'root']) await mkdir(join(draft, name), { recursive: true, mode: 0o755 });
      await fill(join(draft, 'upper'), spec, uid);
      await writeFile(join(draft, 'seccomp'), seccompProgram(process.arch));
      await writeFile(join(draft, 'spec.new'), JSON.stringify({ spec, uid } satisfies Written));
      await rename(join(draft, 'spec.new'), join(draft, 'spec.json'));
    } catch (error) {
      await remove(spec.id);
      throw asFault(error, 'create a sandbox');
    }
  }

  async function start(id: SandboxId, command: SandboxCommand, signal: AbortSignal): Promise<void> {
    const written = await readSpec(of(id));
    if (written === undefined) throw new Fault('not-found', `Cannot start sandbox ${id}: there is none`);
    await stop(id, 0);
    for (const name of ['run', 'exit', 'status', 'limit']) await rm(join(of(id), name), { force: true });
    const { path, shared } = await base();
    const files = await (await groups()).make(id, written.spec.limits);
    const lower = [...written.spec.layers.map((layer) => join('..', '..', 'layers', layer)).reverse(), relative(path)];
    const argv = [
      ...['-c', LAUNCH, 'cspace-launch', of(id), lower.join(':'), isRoot ? '' : ',userxattr'],
      ...[written.uid === undefined ? '' : String(written.uid), SHOWN_ROOT, String(files.length), ...files],
      ...written.spec.mounts.flatMap(({ source, target, mode }) => [source, target, mode]),
      '--',
      ...bubblewrapArguments({ bwrap, spec: written.spec, command, shared }),
    ];
    const namespaces = isRoot ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
    await launch(of(id), ['unshare', ...namespaces, '--propagation', 'private', '--', '/bin/sh', ...argv], signal);
  }

  async function launch(cwd: string, [program = '', ...argv]: readonly string[], signal: AbortSignal): Promise<void> {
    const log = openSync(join(cwd, 'log'), 'a', 0o600);
    const child = spawn(program, argv, {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin' },
    });
    closeSync(log);
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    child.unref();
    await Promise.race([up(cwd, signal), failed]);
  }

  /** Resolves once bubblewrap has said that its child exists. */
  async function up(cwd: string, signal: AbortSignal): Promise<void> {
    const deadlineMs = options.clock() + LAUNCH_MS;
    for (;;) {
      const state = await runState(cwd);
      if (state.state === 'running' && state.init !== undefined) return;
      if (state.state === 'ended' && (await text(join(cwd, 'status'))).includes('child-pid')) return;
      if (state.state === 'ended' || options.clock() > deadlineMs) {
        const why = (await text(join(cwd, 'log'))).slice(-TAIL_BYTES).trim().split('\n').at(-1) ?? 'it said nothing';
        throw new Fault('failed', `Cannot start a sandbox: ${why}`, {
          hint: 'cspace doctor says what this machine lacks',
        });
      }
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async function stop(id: SandboxId, graceMs: number): Promise<void> {
    const state = await runState(of(id));
    if (state.state === 'running' && graceMs > 0 && state.init !== undefined) {
      for (const pid of await childrenOf(state.init)) kill(pid, 'SIGTERM');
      await goneWithin(id, graceMs);
    }
    const after = await runState(of(id));
    if (after.state === 'running') {
      if (after.init !== undefined) kill(after.init, 'SIGKILL');
      if (!(await goneWithin(id, after.init === undefined ? 0 : 2_000))) kill(-after.launcher, 'SIGKILL');
    }
    const left = async () => (await groups()).processes(id);
    for (let pids = await left(), tries = 0; pids.length > 0 && tries < 200; pids = await left(), tries++) {
      for (const pid of pids) kill(pid, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await goneWithin(id, 2_000);
  }

  async function goneWithin(id: SandboxId, ms: number): Promise<boolean> {
    const deadlineMs = options.clock() + ms;
    while ((await runState(of(id))).state === 'running') {
      if (options.clock() >= deadlineMs) return false;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return true;
  }

  async function remove(id: SandboxId): Promise<void> {
    await (await groups()).remove(id);
    await rm(of(id), { recursive: true, force: true });
  }

  async function see(id: SandboxId): Promise<SandboxSeen> {
    const state: RunState = await runState(of(id));
    switch (state.state) {
      case 'none':
        return { id, state: 'idle' };
      case 'running':
        return { id, state: 'running', pid: state.launcher, startedAtMs: state.startedAtMs };
      case 'ended': {
        if ((await text(join(of(id), 'limit'))) === 'disk')
          return { id, state: 'ended', end: { kind: 'limit', limit: 'disk' } };
        const killed = state.end.kind === 'signalled' && state.end.signal === 'SIGKILL';
        const limit = killed ? await (await groups()).hit(id) : undefined;
        return { id, state: 'ended', end: limit === undefined ? state.end : { kind: 'limit', limit } };
      }
    }
  }

  return {
    kind: 'bubblewrap',
    snapshots: undefined,
    create: (spec) => oneAtATime(spec.id, () => create(spec)),
    start: (id, command, signal) =>
      oneAtATime(id, () => start(id, command, signal)).catch((error: unknown) => {
        throw asFault(error, 'start a sandbox');
      }),
    stop: (id, graceMs) => oneAtATime(id, () => stop(id, graceMs)),
    destroy: (id) =>
      oneAtATime(id, async () => {
        await stop(id, 0);
        await remove(id);
      }),
    async list() {
      const names = await readdir(join(directory, 'sandboxes')).catch(() => []);
      const made = await Promise.all(
        names.map(async (name) => {
          const id = SandboxId.safeParse(name);
          return id.success && (await readSpec(of(name))) !== undefined ? [await see(id.data)] : [];
        }),
      );
      return made.flat();
    },
    async probe() {
      const version = await bwrapVersion(bwrap);
      return {
        kind: 'bubblewrap',
        usable: version !== undefined,
        version,
        limits: {},
        problems:
          version === undefined
            ? [{ severity: 'missing', what: 'bubblewrap is not installed', hint: 'apt-get install bubblewrap' }]
            : [],
      };
    },
  };
}

type Written = { readonly spec: SandboxSpec; readonly uid: number | undefined };

async function readSpec(directory: string): Promise<Written | undefined> {
  const written = await text(join(directory, 'spec.json'));
  return written === '' ? undefined : (JSON.parse(written) as Written);
}

/** The agent's own places in the writable layer, and the places that mounts go to. */
async function fill(upper: string, spec: SandboxSpec, uid: number | undefined): Promise<void> {
  for (const [name, mode] of [
    ['home/agent', 0o700],
    ['workspace', 0o755],
    ['tmp', 0o1777],
    ['var/tmp', 0o1777],
  ] as const) {
    await mkdir(join(upper, name), { recursive: true });
    const { chmod } = await import('node:fs/promises');
    await chmod(join(upper, name), mode);
    if (uid !== undefined && mode !== 0o1777) await chown(join(upper, name), uid, uid);
  }
  for (const { target } of spec.mounts) await mkdir(join(upper, target), { recursive: true });
  if (uid !== undefined) await lchown(upper, uid, uid);
}

function relative(path: string): string {
  return join('..', '..', 'base', path.slice(dirname(path).length + 1));
}

async function freeUid(directory: string): Promise<number> {
  const names = await readdir(join(directory, 'sandboxes')).catch(() => []);
  const used = new Set(
    (await Promise.all(names.map((name) => readSpec(join(directory, 'sandboxes', name))))).map((each) => each?.uid),
  );
  for (;;) {
    const uid = FIRST_OUTER_UID + Math.floor(Math.random() * OUTER_UIDS);
    if (!used.has(uid)) return uid;
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  return (await text(`/proc/${pid}/task/${pid}/children`)).split(' ').filter(Boolean).map(Number);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has gone by itself.
  }
}

/** Runs what is asked for one sandbox in turn; different sandboxes do not wait for each other. */
function serialize(): <T>(id: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (id, work) => {
    const mine = (last.get(id) ?? Promise.resolve()).catch(() => undefined).then(work);
    last.set(id, mine);
    mine.catch(() => undefined).finally(() => (last.get(id) === mine ? last.delete(id) : undefined));
    return mine;
  };
}

function asFault(error: unknown, what: string): Fault {
  if (error instanceof Fault) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT')
    return new Fault('lacking', `Cannot ${what}: ${message}`, {
      hint: 'cspace doctor says what is missing',
      cause: error,
    });
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new Fault('limit', `Cannot ${what}: the disk is full`, { cause: error });
  return new Fault('failed', `Cannot ${what}: ${message}`, { cause: error });
}

async function bwrapVersion(bwrap: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(bwrap, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] });
    let out = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.on('error', () => resolve(undefined));
    child.on('close', () => resolve(out.trim().split(' ')[1]));
  });
}

async function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
