import { supervisorPids } from '../../e2e/harness/leftovers.ts';
import { childrenOf, parentOf } from '../processes.ts';
import type { Row } from '../row.ts';
import { CSPACE, runCommand } from '../run-command.ts';
import { openScene, remove, type Scene, startReady } from '../scene.ts';

const SESSIONS = 50;
const AT_A_TIME = 5;
const ROUNDS = 7;

/** From `kill -9` of the server until a new one has all 50 supervisors, and every process in the sandboxes is the one it was. */
export const recover: Row = {
  name: 'recover',
  what: 'kill -9 of the server with 50 live agents until the next server has all of them',
  goal: { kind: 'p95-ms-at-most', ms: 2_000 },
  async run(signal) {
    await using cleanup = new AsyncDisposableStack();
    const scene = await openScene(cleanup);
    const names = Array.from({ length: SESSIONS }, (_, at) => `live-${at}`);
    const sessions: Awaited<ReturnType<typeof startReady>>[] = [];
    while (names.length > 0) {
      const some = names.splice(0, AT_A_TIME).map((name) => startReady(scene, name, { withAgent: true }, signal));
      sessions.push(...(await Promise.all(some)));
    }
    const before = await agentsUp(scene);
    const ms: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const pid = await scene.cspace.serverPid();
      const startedMs = performance.now();
      process.kill(pid, 'SIGKILL');
      await runCommand([CSPACE, 'list'], { cwd: scene.cwd, env: scene.cspace.env });
      await Promise.all(sessions.map(({ id }) => scene.client.sessions.start({ sessionId: id }, { signal })));
      ms.push(performance.now() - startedMs);
      const after = supervisorPids(scene.data);
      const kept = after.length === SESSIONS && before.every(([supervisor, agent]) => parentOf(agent) === supervisor);
      if (!kept) throw new Error('a supervisor or an agent was started again');
    }
    await remove(scene, sessions);
    return { ours: { ms, tried: ROUNDS } };
  },
};

/** Every supervisor and its agent, once all have one. */
async function agentsUp({ data }: Scene): Promise<readonly (readonly [supervisor: number, agent: number])[]> {
  for (;;) {
    const all = supervisorPids(data).flatMap((pid) => childrenOf(pid).map((child) => [pid, child] as const));
    if (all.length === SESSIONS && new Set(all.map(([pid]) => pid)).size === SESSIONS) return all;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
