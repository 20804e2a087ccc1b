import { leftovers } from '../../e2e/harness/leftovers.ts';
import type { Measured, Row } from '../row.ts';
import { openScene, remove, type Scene, startReady } from '../scene.ts';
import { benchEngine } from '../start/bench-engine.ts';

const ROUNDS = 2;
const ONE_BY_ONE = 8;

/** How long each of 50 sandboxes asked for at once takes until its supervisor answers, against each of some asked for alone. */
export const burst: Row = {
  name: 'burst',
  what: '50 sandboxes asked for at once, against one at a time',
  goal: { kind: 'ratio-at-most', ratio: 8 },
  async run(signal) {
    await using cleanup = new AsyncDisposableStack();
    return await measured(await openScene(cleanup), 50, signal);
  },
};

/** The same with containers. */
export const burstDocker: Row = {
  name: 'burst-docker',
  what: '20 containers asked for at once, against one at a time',
  goal: { kind: 'ratio-at-most', ratio: 8 },
  async run(signal) {
    await using cleanup = new AsyncDisposableStack();
    const engine = await benchEngine(cleanup);
    if ('notMeasured' in engine) return engine;
    const scene = await openScene(cleanup, { DOCKER_HOST: engine.host });
    return await measured({ ...scene, runtime: 'docker' }, 20, signal);
  },
};

async function measured(scene: Scene, atOnce: number, signal: AbortSignal): Promise<Measured> {
  const [ours, other]: [number[], number[]] = [[], []];
  let tried = 0;
  const alone = async () => {
    for (let count = 0; count < ONE_BY_ONE; count += 1)
      other.push(...(await started(scene, [`alone-${count}`], signal)));
  };
  await started(scene, ['first'], signal);
  for (let round = 0; round < ROUNDS; round += 1) {
    await alone();
    tried += atOnce;
    ours.push(
      ...(await started(
        scene,
        Array.from({ length: atOnce }, (_, at) => `burst-${at}`),
        signal,
      )),
    );
  }
  await alone();
  const left = leftovers(scene.data);
  if (left.length > 0) throw new Error(`something is left behind: ${left.join(', ')}`);
  return { ours: { ms: ours, tried }, other: { ms: other, tried: other.length } };
}

/** Asks for sandboxes of those names at once and removes them; gives each one's milliseconds, but not of those that failed. */
async function started(scene: Scene, names: readonly string[], signal: AbortSignal): Promise<number[]> {
  const askedMs = performance.now();
  const results = await Promise.allSettled(
    names.map(async (name) => {
      const session = await startReady(scene, name, { withAgent: false }, signal);
      return { session, ms: performance.now() - askedMs };
    }),
  );
  const up = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  for (const result of results) if (result.status === 'rejected') console.error(`a start failed: ${result.reason}`);
  await remove(
    scene,
    up.map(({ session }) => session),
  );
  return up.map(({ ms }) => ms);
}
