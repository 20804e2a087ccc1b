import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxId, SessionId } from '@cspace/domain';
import { aSession } from '@cspace/domain/testing';
import { openIndex, sessionStores } from '@cspace/store-sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sweepOrphans } from './sweep-orphans.ts';

const MINE = aSession({});
const STRANGER = SandboxId.parse(`sbx_${'z'.repeat(20)}`);
const LOST = SessionId.parse(`ses_${'z'.repeat(20)}`);
const log = { warn: () => undefined };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sweep-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Sweeps a home with one session, its sandbox, and a sandbox and a log of nobody; tells what was done. */
async function swept(
  eventsOfLost: number,
): Promise<{ readonly done: readonly string[]; readonly logs: readonly string[] }> {
  const done: string[] = [];
  const index = openIndex(join(directory, 'index.sqlite'));
  const stores = sessionStores(join(directory, 'sessions'));
  index.sessions.put(MINE);
  stores.open(MINE.id).close();
  const lost = stores.open(LOST);
  lost.record({ events: Array.from({ length: eventsOfLost }, () => ({ type: 'notice' })) }, 1);
  lost.close();
  const ids = [MINE.sandboxId, STRANGER];
  await sweepOrphans({
    index,
    stores,
    log,
    runtimes: [
      {
        list: async () => ids.map((id) => ({ id, state: 'idle' })),
        stop: async (id) => void done.push(`stop ${id}`),
        destroy: async (id) => void done.push(`destroy ${id}`),
      },
    ],
    doors: { list: async () => ids, remove: async (id) => void done.push(`close ${id}`) },
  });
  const logs = stores.list();
  index.close();
  return { done, logs };
}

test('sweepOrphans() takes away what belongs to no session', async () => {
  expect(await swept(2)).toEqual({ done: [`destroy ${STRANGER}`, `close ${STRANGER}`], logs: [MINE.id] });
});

test('sweepOrphans() keeps files and logs where the index is not whole', async () => {
  const { done, logs } = await swept(3);
  expect(done).toEqual([`stop ${STRANGER}`, `close ${STRANGER}`]);
  expect(logs.toSorted()).toEqual([MINE.id, LOST].toSorted());
});

test('sweepOrphans() leaves what is made meanwhile, and goes on after what cannot be taken away', async () => {
  const done: string[] = [];
  const index = openIndex(join(directory, 'index.sqlite'));
  const stores = sessionStores(join(directory, 'sessions'));
  const ids = [STRANGER, MINE.sandboxId];
  const refuse = async (id: SandboxId) => {
    done.push(id);
    throw new Error('the engine is away');
  };
  const list = async () => {
    index.sessions.put(MINE);
    return ids.map((id) => ({ id, state: 'idle' }) as const);
  };
  await sweepOrphans({
    index,
    stores,
    log,
    runtimes: [
      { list: () => Promise.reject(new Error('the engine is away')), stop: refuse, destroy: refuse },
      { list, stop: refuse, destroy: refuse },
    ],
    doors: { list: async () => ids, remove: refuse },
  });
  expect(done).toEqual([STRANGER, STRANGER]);
  index.close();
});
