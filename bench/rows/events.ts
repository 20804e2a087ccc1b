import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SessionId } from '@cspace/domain';
import { sessionStores } from '@cspace/store-sqlite';
import { journal as openJournal } from '../../packages/server/src/journal.ts';
import { currentRedactor } from '../../packages/server/src/redact.ts';
import { interleave } from '../interleave.ts';
import type { Row } from '../row.ts';

const APPENDS = 5_000;
const ROUNDS = 20;
const EVENT = { type: 'agent.text', kind: 'message', text: 'a sentence as an agent says it. '.repeat(5) } as const;
const SECRETS = ['sk-ant-bench-0123456789abcdef', 'sk-proj-bench-0123456789abcdef', 'npm_bench0123456789'];

/** One durable event after another through the server's journal, secrets taken out, against a bare insert with the same pragmas. */
export const events: Row = {
  name: 'events',
  what: "the server's journal, one event a record, against a bare node:sqlite insert",
  // At least 70 % of the bare rate.
  goal: { kind: 'ratio-at-most', ratio: 1 / 0.7 },
  async run(signal) {
    const directory = mkdtempSync(join(tmpdir(), 'cspace-bench-'));
    const id = SessionId.parse(`ses_${'a'.repeat(20)}`);
    const journal = openJournal(
      sessionStores(directory),
      Date.now,
      currentRedactor(() => SECRETS),
    );
    const database = new DatabaseSync(join(directory, 'bare.sqlite'));
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    database.exec('CREATE TABLE event (seq INTEGER PRIMARY KEY, at_ms REAL, type TEXT, body TEXT) STRICT');
    const insert = database.prepare('INSERT INTO event (at_ms, type, body) VALUES (?, ?, ?)');
    try {
      return await interleave(
        ROUNDS,
        () => each(() => journal.record(id, { events: [EVENT] })),
        () => each(() => insert.run(Date.now(), EVENT.type, JSON.stringify(EVENT))),
        signal,
      );
    } finally {
      journal.close();
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
