import type { DatabaseSync } from 'node:sqlite';
import { Artifact, Prompt, Push, type SessionStore, type Spent } from '@cspace/domain';
import { eventLog, eventTables } from './event-log.ts';
import { faultOf } from './fault-of.ts';
import { type Migrations, openDatabase, transactionOn } from './open-database.ts';
import { parseRow } from './parse-row.ts';

const migrations: Migrations = [
  `${eventTables}
   CREATE TABLE prompt (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, open INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
   CREATE INDEX prompt_open ON prompt (position) WHERE open = 1;
   CREATE TABLE push (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, open INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
   CREATE INDEX push_open ON push (position) WHERE open = 1;
   CREATE TABLE outbox (id TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
   CREATE TABLE spent (cost_usd REAL NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
     cache_read_tokens INTEGER NOT NULL, cache_write_tokens INTEGER NOT NULL, requests INTEGER NOT NULL) STRICT;
   INSERT INTO spent VALUES (0, 0, 0, 0, 0, 0);`,
  'CREATE TABLE artifact (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;',
];

/** Opens one session's database. See `SessionStore` for what it promises. */
export function openSessionStore(path: string): SessionStore {
  const database = openDatabase(path, migrations);
  try {
    return sessionStore(database, path);
  } catch (error) {
    database.close();
    throw faultOf(error, 'open', path);
  }
}

function sessionStore(database: DatabaseSync, path: string): SessionStore {
  const transaction = transactionOn(database);
  const log = eventLog(database, path);
  const prompts = values(database, 'prompt', (body) => parseRow(Prompt, body));
  const pushes = values(database, 'push', (body) => parseRow(Push, body));
  const mark = database.prepare(
    'INSERT INTO outbox (id, seq) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET seq = max(seq, excluded.seq)',
  );
  const markOf = database.prepare('SELECT seq FROM outbox WHERE id = ?');
  const spend = database.prepare(
    `UPDATE spent SET cost_usd = cost_usd + ?, input_tokens = input_tokens + ?, output_tokens = output_tokens + ?,
     cache_read_tokens = cache_read_tokens + ?, cache_write_tokens = cache_write_tokens + ?, requests = requests + ?`,
  );
  const addArtifact = database.prepare('INSERT INTO artifact (id, body) VALUES (?, ?)');
  const allArtifacts = database.prepare('SELECT body FROM artifact ORDER BY position');
  const allSpent = database.prepare('SELECT * FROM spent');

  const tried = <T>(verb: 'read' | 'write', work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw faultOf(error, verb, path);
    }
  };

  return {
    record(change, atMs) {
      const stored = tried('write', () =>
        transaction(() => {
          for (const prompt of change.prompts ?? []) prompts.put(prompt.id, prompt.state.kind !== 'done', prompt);
          for (const push of change.pushes ?? []) pushes.put(push.id, push.state.kind === 'intended', push);
          for (const artifact of change.artifacts ?? []) addArtifact.run(artifact.id, JSON.stringify(artifact));
          if (change.outbox !== undefined) mark.run(change.outbox.outboxId, change.outbox.seq);
          if (change.spent !== undefined) spend.run(...columnsOf(change.spent));
          return log.write(change.events ?? [], atMs);
        }),
      );
      log.settle(stored);
      return stored;
    },
    events: (afterSeq, limit) => tried('read', () => log.page(afterSeq, limit)),
    lastSeq: () => log.lastSeq(),
    lastOf: (type) => tried('read', () => log.lastOf(type)),
    outboxMark: (outboxId) => tried('read', () => Number(markOf.get(outboxId)?.seq ?? 0)),
    prompt: (id) => tried('read', () => prompts.get(id)),
    openPrompts: () => tried('read', () => prompts.open()),
    push: (id) => tried('read', () => pushes.get(id)),
    openPushes: () => tried('read', () => pushes.open()),
    artifacts: () => tried('read', () => allArtifacts.all().map(({ body }) => parseRow(Artifact, body))),
    turns: () => log.count('turn.ended'),
    spent: () => tried('read', () => spentOf(allSpent.get())),
    close: () => database.close(),
  };
}

/** Whole values by id, in the order they first came, with those still open found fast. */
function values<Value>(database: DatabaseSync, table: 'prompt' | 'push', parse: (body: unknown) => Value) {
  const put = database.prepare(
    `INSERT INTO ${table} (id, open, body) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET open = excluded.open, body = excluded.body`,
  );
  const byId = database.prepare(`SELECT body FROM ${table} WHERE id = ?`);
  const open = database.prepare(`SELECT body FROM ${table} WHERE open = 1 ORDER BY position`);
  return {
    put(id: string, isOpen: boolean, value: Value): void {
      put.run(id, isOpen ? 1 : 0, JSON.stringify(value));
    },
    get(id: string): Value | undefined {
      const row = byId.get(id);
      return row === undefined ? undefined : parse(row.body);
    },
    open: (): readonly Value[] => open.all().map((row) => parse(row.body)),
  };
}

function columnsOf(spent: Spent): number[] {
  return [
    spent.costUsd,
    spent.inputTokens,
    spent.outputTokens,
    spent.cacheReadTokens,
    spent.cacheWriteTokens,
    spent.requests,
  ];
}

function spentOf(row: Readonly<Record<string, unknown>> | undefined): Spent {
  return {
    costUsd: Number(row?.cost_usd ?? 0),
    inputTokens: Number(row?.input_tokens ?? 0),
    outputTokens: Number(row?.output_tokens ?? 0),
    cacheReadTokens: Number(row?.cache_read_tokens ?? 0),
    cacheWriteTokens: Number(row?.cache_write_tokens ?? 0),
    requests: Number(row?.requests ?? 0),
  };
}
