import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault, type Next, PATIENCE, type Runtime } from '@cspace/domain';
import { aSession } from '@cspace/domain/testing';
import { openIndex, sessionStores } from '@cspace/store-sqlite';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { journal as openJournal } from './journal.ts';
import { startLoop } from './loop.ts';
import { supervisors } from './supervisors.ts';

const AWAY = new Fault('unavailable', 'Cannot list the sandboxes: the engine does not answer');

test.each([
  [AWAY, AWAY.message],
  [new Error('ENOSPC: no space left on device'), 'Cannot start mars: ENOSPC: no space left on device'],
])('startLoop() outlives a step that fails (%s), and the giving up that fails after it', async (broken, why) => {
  const home = mkdtempSync(join(tmpdir(), 'loop-'));
  const index = openIndex(join(home, 'index.sqlite'));
  const clock = () => PATIENCE.attachMs + 2;
  const journal = openJournal(sessionStores(join(home, 'sessions')), clock, () => (value) => value);
  const session = aSession({ state: { kind: 'creating', sinceMs: 1 } });
  index.sessions.put(session);
  const done: Next[] = [];
  const loop = startLoop({
    index,
    journal,
    supervisors: supervisors(),
    runtimes: { of: () => ({ list: () => Promise.reject(broken) }) as Partial<Runtime> as Runtime },
    clock,
    log: pino({ level: 'silent' }),
    deliver: () => undefined,
    act: async (_, next) => {
      done.push(next);
      throw new Error('no space left on device');
    },
  });
  await loop.settled(session.id);
  expect(done).toEqual([{ do: 'give-up', why }]);
  expect(loop.trouble(session.id)).toBe(broken);
  // It is tried again by itself.
  await expect.poll(() => done.length).toBeGreaterThan(1);
  await loop.stop();
  journal.close();
  index.close();
  rmSync(home, { recursive: true });
});
