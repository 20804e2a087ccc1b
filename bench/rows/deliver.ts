import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoggedEvent } from '@cspace/protocol';
import { echoServer } from '../deliver/echo-server.ts';
import { PROBE_MANIFEST } from '../deliver/probe-agent.ts';
import { interleave } from '../interleave.ts';
import type { Row } from '../row.ts';
import { ids, openScene, type Scene, startReady } from '../scene.ts';

const ROUNDS = 300;

/** From a prompt's event in the log to the bytes of it on the standard input of an agent that tells when it read them. */
export const deliver: Row = {
  name: 'deliver',
  what: 'server has the prompt durable until the agent reads it, against a Unix-socket round trip',
  goal: { kind: 'p99-ms-at-most', ms: 5 },
  async run(signal) {
    await using cleanup = new AsyncDisposableStack();
    const scene = await openScene(cleanup);
    const agents = join(scene.data, 'config', 'agents');
    mkdirSync(agents, { recursive: true });
    writeFileSync(join(agents, 'probe.md'), PROBE_MANIFEST);
    const session = await startReady(scene, 'mars', { withAgent: true, agent: 'probe' }, signal);
    const echo = await echoServer(cleanup);
    const log = await scene.client.sessions.events({ sessionId: session.id, after: session.lastSeq }, { signal });
    cleanup.defer(() => log.return().then(() => undefined));
    return await interleave(ROUNDS, () => delivered(scene, session.id, log), echo, signal);
  },
};

async function delivered(
  { client }: Scene,
  sessionId: ReturnType<typeof ids.session>,
  log: AsyncGenerator<LoggedEvent, void, undefined>,
): Promise<number> {
  const promptId = ids.prompt();
  const sent = client.sessions.prompt({ sessionId, id: promptId, text: 'now' });
  let [durableAtMs, readAtMs] = [Number.NaN, Number.NaN];
  for (;;) {
    const next = await log.next();
    if (next.done === true) throw new Error('the log has ended');
    const { event, atMs } = next.value;
    if (event.type === 'prompt.queued' && event.promptId === promptId) durableAtMs = atMs;
    if (event.type === 'agent.text') readAtMs = Number(event.text);
    if (event.type === 'turn.ended' && event.promptId === promptId) break;
  }
  await sent;
  if (Number.isNaN(readAtMs)) throw new Error('the agent did not tell');
  // The server's clock is read before the write and without fractions: this is up to a millisecond too long, never too short.
  return readAtMs - durableAtMs;
}
