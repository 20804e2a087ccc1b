import {
  type Clock,
  Fault,
  type LayerId,
  type Runtime,
  type SandboxCommand,
  type SandboxEnd,
  type SandboxId,
  type SandboxSeen,
  type SandboxSpec,
  type Snapshots,
} from '@cspace/domain';

/**
 * What a command does here: runs until it answers how it ended. `terminated` is aborted by SIGTERM; what does not heed it is dropped
 * after its grace. `spec` and `command` are what `create` and `start` were given.
 */
export type MemoryProgram = (run: {
  readonly spec: SandboxSpec;
  readonly command: SandboxCommand;
  readonly terminated: AbortSignal;
}) => Promise<SandboxEnd>;

export type MemoryRuntimeOptions = { readonly clock: Clock; readonly program?: MemoryProgram };

type Run = {
  readonly pid: number;
  readonly startedAtMs: number;
  readonly terminate: () => void;
  readonly over: Promise<void>;
};
type Sandbox = { spec: SandboxSpec; run: Run | undefined; end: SandboxEnd | undefined };

/** A runtime for tests: the whole port over a map, with programs instead of processes and no isolation at all. */
export function memoryRuntime({ clock, program = script }: MemoryRuntimeOptions): Runtime {
  const sandboxes = new Map<SandboxId, Sandbox>();
  const layers = new Set<LayerId>();
  let pids = 0;

  const stop = async (id: SandboxId, graceMs: number) => {
    const sandbox = sandboxes.get(id);
    const run = sandbox?.run;
    if (sandbox === undefined || run === undefined) return;
    run.terminate();
    if (graceMs > 0) await Promise.race([run.over, delay(graceMs)]);
    if (sandbox.run === run) Object.assign(sandbox, { run: undefined, end: { kind: 'signalled', signal: 'SIGKILL' } });
  };

  return {
    kind: 'memory',
    snapshots: memorySnapshots(sandboxes, layers),
    async create(spec, signal) {
      signal.throwIfAborted();
      const missing = spec.layers.find((layer) => !layers.has(layer));
      if (missing !== undefined) throw new Fault('not-found', `Cannot create ${spec.id}: there is no layer ${missing}`);
      if (!sandboxes.has(spec.id)) sandboxes.set(spec.id, { spec, run: undefined, end: undefined });
    },
    async start(id, command, signal) {
      signal.throwIfAborted();
      const sandbox = sandboxes.get(id);
      if (sandbox === undefined) throw new Fault('not-found', `Cannot start ${id}: there is no such sandbox`);
      await stop(id, 0);
      const terminate = new AbortController();
      const ended = program({ spec: sandbox.spec, command, terminated: terminate.signal });
      const over = ended.then((end) => {
        if (sandbox.run === run) Object.assign(sandbox, { run: undefined, end });
      });
      pids += 1;
      const run: Run = { pid: pids, startedAtMs: clock(), terminate: () => terminate.abort(), over };
      Object.assign(sandbox, { run, end: undefined });
    },
    stop,
    async destroy(id) {
      await stop(id, 0);
      sandboxes.delete(id);
    },
    list: async () => [...sandboxes.values()].map(see),
    probe: async () => ({ kind: 'memory', usable: true, version: undefined, limits: {}, problems: [] }),
  };
}

function see({ spec: { id }, run, end }: Sandbox): SandboxSeen {
  if (run !== undefined) return { id, state: 'running', pid: run.pid, startedAtMs: run.startedAtMs };
  return end === undefined ? { id, state: 'idle' } : { id, state: 'ended', end };
}

function memorySnapshots(sandboxes: ReadonlyMap<SandboxId, Sandbox>, layers: Set<LayerId>): Snapshots {
  return {
    async take(id, layer) {
      const sandbox = sandboxes.get(id);
      if (sandbox === undefined) throw new Fault('not-found', `Cannot freeze ${id}: there is no such sandbox`);
      if (sandbox.spec.layers.includes(layer)) return;
      if (sandbox.run !== undefined) throw new Fault('conflict', `Cannot freeze ${id}: it is running`);
      if (layers.has(layer)) throw new Fault('conflict', `Cannot freeze ${id}: there is a layer ${layer} already`);
      layers.add(layer);
      sandbox.spec = { ...sandbox.spec, layers: [...sandbox.spec.layers, layer] };
    },
    async remove(layer) {
      const user = [...sandboxes.values()].find(({ spec }) => spec.layers.includes(layer));
      if (user !== undefined) throw new Fault('conflict', `Cannot remove ${layer}: ${user.spec.id} uses it`);
      layers.delete(layer);
    },
    list: async () => [...layers],
  };
}

/** Knows `exit N`, last in a shell's script; anything else goes on until it is stopped. */
async function script({ command, terminated }: Parameters<MemoryProgram>[0]): Promise<SandboxEnd> {
  const exit = /(?:^|\W)exit (\d+)$/.exec(command.argv.at(-1) ?? '');
  if (exit !== null) return { kind: 'exited', exitCode: Number(exit[1]) };
  await new Promise<void>((resolve) => terminated.addEventListener('abort', () => resolve(), { once: true }));
  return { kind: 'signalled', signal: 'SIGTERM' };
}

async function delay(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
