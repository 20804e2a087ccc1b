import { existsSync } from 'node:fs';
import { SandboxId, type SandboxSeen } from '@cspace/domain';
import type Docker from 'dockerode';
import { containerName } from './container-name.ts';
import type { Context } from './context.ts';
import { endOf } from './end-of.ts';
import { unlessMissing } from './engine.ts';
import { LABEL, labelled } from './label.ts';
import { sandboxPaths } from './sandbox-paths.ts';
import { readSpec } from './sandbox-specs.ts';

/** An engine whose disk is full lists what has ended as if it ran; looked at by itself it is told. */
const LOOK_AGAIN_MS = 5_000;

/** What the engine shows of this installation's sandboxes. */
export async function listSandboxes(context: Context, signal: AbortSignal): Promise<readonly SandboxSeen[]> {
  const { engine, seen } = context;
  const filters = labelled({ [LABEL.installation]: await context.installation() });
  const containers = await engine.ask('list the sandboxes', signal, (abortSignal) =>
    engine.docker.listContainers({ all: true, filters, abortSignal }),
  );
  const found = await Promise.all(
    containers.map(async (container) => {
      const id = SandboxId.safeParse(container.Labels[LABEL.sandbox]).data;
      if (id === undefined || container.Labels[LABEL.service] !== undefined) return [];
      return see(context, id, container, signal);
    }),
  );
  await carryDoors(context, found.flat(), signal);
  const ids = new Set(containers.map(({ Id }) => Id));
  for (const id of seen.keys()) if (!ids.has(id)) seen.delete(id);
  return found.flat();
}

/** Where sockets cannot be mounted: those of runs that a former server started, and those whose line was cut. */
async function carryDoors(context: Context, found: readonly SandboxSeen[], signal: AbortSignal): Promise<void> {
  const { engine, relays, directory } = context;
  const shut = found.filter(({ id, state }) => state === 'running' && !relays.isOpen(id));
  if (shut.length === 0 || (await engine.mounts(signal))) return;
  for (const { id } of shut) {
    const door = (await readSpec(directory, id))?.door;
    if (door === undefined) continue;
    // Nobody waits for it here: one that cannot be opened is tried again at the next look.
    void relays
      .open(id, engine.docker.getContainer(containerName(id)), door, new AbortController().signal)
      .catch(() => undefined);
  }
}

async function see(
  { engine, seen, directory }: Context,
  id: SandboxId,
  { Id, State }: Docker.ContainerInfo,
  signal: AbortSignal,
): Promise<readonly SandboxSeen[]> {
  if (State === 'created') return [{ id, state: 'idle' }];
  const known = seen.get(Id);
  const isFresh = known !== undefined && performance.now() - known.atMs < LOOK_AGAIN_MS;
  const state =
    isFresh && known.state.Status === State
      ? known.state
      : (
          await unlessMissing(
            engine.ask(`look at ${id}`, signal, (abortSignal) =>
              engine.docker.getContainer(Id).inspect({ abortSignal }),
            ),
          )
        )?.State;
  if (state === undefined) return [];
  if (state !== known?.state) seen.set(Id, { state, atMs: performance.now() });
  if (state.Status === 'running' || state.Status === 'paused' || state.Status === 'restarting') {
    return [{ id, state: 'running', pid: state.Pid, startedAtMs: Date.parse(state.StartedAt) }];
  }
  const { killed, limit } = sandboxPaths(directory, id);
  const end = existsSync(limit) ? ({ kind: 'limit', limit: 'disk' } as const) : endOf(state, existsSync(killed));
  return [end === undefined ? { id, state: 'idle' } : { id, state: 'ended', end }];
}
