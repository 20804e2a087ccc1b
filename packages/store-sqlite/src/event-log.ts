import type { DatabaseSync } from 'node:sqlite';
import { Fault, type StoredEvent } from '@cspace/domain';

export const eventTables = `
  CREATE TABLE event (seq INTEGER PRIMARY KEY, at_ms REAL NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE TABLE tally (type TEXT PRIMARY KEY, count INTEGER NOT NULL, last_seq INTEGER NOT NULL) STRICT;
  CREATE TABLE tallied (upto INTEGER NOT NULL) STRICT;
  INSERT INTO tallied VALUES (0);`;

/** After how many events the tally is written down again; at most so many are counted when a log is opened. */
const TALLY_EVERY = 1000;

/** How many events of a type there are, and the last one's number. */
type Tally = { readonly count: number; readonly lastSeq: number };

/**
 * The events of one session. An index by type would cost half of the append speed: instead what is asked of types (how
 * many, which was last) is tallied in memory, and written down now and then so that opening stays cheap.
 */
export type EventLog = {
  /** Adds events to the open transaction. They count once `settle` is called, after the commit. */
  write(events: readonly StoredEvent['event'][], atMs: number): readonly StoredEvent[];
  settle(stored: readonly StoredEvent[]): void;
  page(afterSeq: number, limit: number): readonly StoredEvent[];
  lastSeq(): number;
  lastOf(type: string): StoredEvent | undefined;
  count(type: string): number;
};

export function eventLog(database: DatabaseSync, path: string): EventLog {
  const add = database.prepare('INSERT INTO event (seq, at_ms, type, body) VALUES (?, ?, ?, ?)');
  const after = database.prepare('SELECT seq, at_ms, body FROM event WHERE seq > ? ORDER BY seq LIMIT ?');
  const at = database.prepare('SELECT seq, at_ms, body FROM event WHERE seq = ?');
  const putTally = database.prepare(
    `INSERT INTO tally (type, count, last_seq) VALUES (?, ?, ?)
     ON CONFLICT (type) DO UPDATE SET count = excluded.count, last_seq = excluded.last_seq`,
  );
  const putTallied = database.prepare('UPDATE tallied SET upto = ?');

  const written = readTallies(database);
  const tallies = written.tallies;
  let upto = written.upto;
  let lastSeq = Number(database.prepare('SELECT max(seq) AS seq FROM event').get()?.seq ?? 0);

  return {
    write(events, atMs) {
      const stored = events.map((event, index) => ({ seq: lastSeq + 1 + index, atMs, event }));
      for (const { seq, event } of stored) add.run(seq, atMs, event.type, JSON.stringify(event));
      if (lastSeq + stored.length - upto >= TALLY_EVERY) {
        const next = new Map(tallies);
        countIn(next, stored);
        for (const [type, { count, lastSeq: last }] of next) putTally.run(type, count, last);
        putTallied.run(lastSeq + stored.length);
      }
      return stored;
    },
    settle(stored) {
      countIn(tallies, stored);
      lastSeq += stored.length;
      if (lastSeq - upto >= TALLY_EVERY) upto = lastSeq;
    },
    page(afterSeq, limit) {
      const events = after.all(afterSeq, limit).map(eventOf);
      const expected = Math.min(limit, Math.max(0, lastSeq - afterSeq));
      if (events.length !== expected || events.some(({ seq }, index) => seq !== afterSeq + 1 + index)) {
        throw new Fault('failed', `Cannot read ${path}: events after number ${afterSeq} are missing`, {
          hint: 'The database is damaged; restore it from a backup, or remove the session',
        });
      }
      return events;
    },
    lastSeq: () => lastSeq,
    lastOf(type) {
      const row = at.get(tallies.get(type)?.lastSeq ?? 0);
      return row === undefined ? undefined : eventOf(row);
    },
    count: (type) => tallies.get(type)?.count ?? 0,
  };
}

function countIn(tallies: Map<string, Tally>, stored: readonly StoredEvent[]): void {
  for (const { seq, event } of stored) {
    tallies.set(event.type, { count: (tallies.get(event.type)?.count ?? 0) + 1, lastSeq: seq });
  }
}

/** The tallies as written down, brought up to date with the events since. */
function readTallies(database: DatabaseSync): { upto: number; tallies: Map<string, Tally> } {
  const upto = Number(database.prepare('SELECT upto FROM tallied').get()?.upto ?? 0);
  const tallies = new Map<string, Tally>();
  const written = database.prepare('SELECT type, count, last_seq FROM tally').all();
  const since = database
    .prepare('SELECT type, count(*) AS count, max(seq) AS last_seq FROM event WHERE seq > ? GROUP BY type')
    .all(upto);
  for (const row of [...written, ...since]) {
    const type = String(row.type);
    const count = Number(row.count) + (tallies.get(type)?.count ?? 0);
    tallies.set(type, { count, lastSeq: Number(row.last_seq) });
  }
  return { upto, tallies };
}

function eventOf(row: Readonly<Record<string, unknown>>): StoredEvent {
  return { seq: Number(row.seq), atMs: Number(row.at_ms), event: JSON.parse(String(row.body)) };
}
