import { join } from 'node:path';
import { sessionStores } from '@cspace/store-sqlite';
import type { Row } from '../row.ts';
import { ids, openScene, remove, type Scene, startReady } from '../scene.ts';

const EVENTS = 100_000;
const PAGE = 1_000;
const ROUNDS = 7;
const EVENT = { type: 'agent.text', kind: 'message', text: 'some words of an agent '.repeat(8) };

/** A fresh client follows a session with 100,000 events until it has one that was made after it had all of those. */
export const replay: Row = {
  name: 'replay',
  what: '100,000 events to a fresh client over HTTP, then a live one, gapless',
  goal: { kind: 'p95-ms-at-most', ms: 2_000 },
  async run(signal) {
    await using cleanup = new AsyncDisposableStack();
    const scene = await openScene(cleanup);
    const session = await startReady(scene, 'mars', { withAgent: true }, signal);
    await scene.client.sessions.stop({ sessionId: session.id });
    await scene.cspace.run(['serve', '--stop']);
    fill(scene, session.id);
    await scene.cspace.json(['list', '--json'], { cwd: scene.cwd });
    const ms: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      signal.throwIfAborted();
      ms.push(await replayed(scene, session.id, signal));
    }
    await remove(scene, [session]);
    return { ours: { ms, tried: ROUNDS } };
  },
};

/** While no server has the session's database. */
function fill({ data }: Scene, id: Parameters<ReturnType<typeof sessionStores>['open']>[0]): void {
  const store = sessionStores(join(data, 'sessions')).open(id);
  const page = Array.from({ length: PAGE }, () => EVENT);
  for (let count = 0; count < EVENTS; count += PAGE) store.record({ events: page }, Date.now());
  store.close();
}

async function replayed(
  { client }: Scene,
  sessionId: ReturnType<typeof ids.session>,
  signal: AbortSignal,
): Promise<number> {
  const { lastSeq } = await client.sessions.get({ sessionId });
  const startedMs = performance.now();
  const promptId = ids.prompt();
  let seq = 0;
  for await (const logged of await client.sessions.events({ sessionId }, { signal })) {
    if (logged.seq !== seq + 1) throw new Error(`event ${logged.seq} came after ${seq}`);
    seq = logged.seq;
    if (seq === lastSeq) void client.sessions.prompt({ sessionId, id: promptId, text: 'true' });
    if (logged.event.type === 'prompt.queued' && logged.event.promptId === promptId) break;
  }
  const ms = performance.now() - startedMs;
  while ((await client.sessions.outcome({ sessionId, promptId })).state !== 'done')
    await new Promise((resolve) => setTimeout(resolve, 20));
  return ms;
}
