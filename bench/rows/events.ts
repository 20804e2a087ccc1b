import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SessionId } from '@cspace/domain';
import { sessionStores } from '@cspace/store-sqlite';
import { interleave } from '../interleave.ts';
import type { Row } from '../row.ts';

const APPENDS = 5_000;
const ROUNDS = 20;
const EVENT = { type: 'agent.text', kind: 'message', text: 'a sentence as an agent says it. '.repeat(5) };

/** One durable event after another through the session store, against a bare insert with the same pragmas. */
export const events: Row = {
  name: 'events',
  what: 'session store, one event a record, against a bare node:sqlite insert',
  // At least 70 % of the bare rate.
  goal: { kind: 'ratio-at-most', ratio: 1 / 0.7 },
  async run(signal) {
    const directory = mkdtempSync(join(tmpdir(), 'cspace-bench-'));
    const store = sessionStores(directory).open(SessionId.parse(`ses_${'a'.repeat(20)}`));
    const database = new DatabaseSync(join(directory, 'bare.sqlite'));
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    database.exec('CREATE TABLE event (seq INTEGER PRIMARY KEY, at_ms REAL, type TEXT, body TEXT) STRICT');
    const insert = database.prepare('INSERT INTO event (at_ms, type, body) VALUES (?, ?, ?)');
    try {
      return await interleave(
        ROUNDS,
        () => each(() => store.record({ events: [EVENT] }, 1)),
        () => each(() => insert.run(1, EVENT.type, JSON.stringify(EVENT))),
        signal,
      );
    } finally {
      store.close();
      database.close();
      rmSync(directory, { recursive: true });
    }
  },
};

/** Milliseconds of one append, over many. */
function each(append: () => unknown): number {
  const startedMs = performance.now();
  for (let count = 0; count < APPENDS; count += 1) append();
  return (performance.now() - startedMs) / APPENDS;
}
