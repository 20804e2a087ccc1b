import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Artifact, Fault, OutboxId, PromptId, Push, PushId, type SessionStore, type StoredEvent } from '@cspace/domain';
import { aPrompt } from '@cspace/domain/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSessionStore } from './open-session-store.ts';
import { startChild } from './testing/start-child.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

const OUTBOX = OutboxId.parse('obx_aaaaaaaaaaaaaaaaaaaa');
const NOTHING = { costUsd: 0, inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, requests: 0 };

function faultFrom(work: () => unknown): Fault {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

function everyEvent(store: SessionStore): StoredEvent[] {
  const all: StoredEvent[] = [];
  for (;;) {
    const page = store.events(all.length, 1000);
    if (page.length === 0) return all;
    all.push(...page);
  }
}

function aPush(letter: string, state: Push['state']): Push {
  const id = PushId.parse(`psh_${letter.repeat(20)}`);
  return Push.parse({ id, branch: 'mars', oldCommit: '0', newCommit: '1', atMs: 1, state });
}

test('record() numbers events from 1 without gaps, over a restart too', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'one.sqlite');
  const first = openSessionStore(path);
  expect(first.record({ events: [{ type: 'a' }, { type: 'b' }] }, 7).map(({ seq }) => seq)).toEqual([1, 2]);
  first.close();
  const second = openSessionStore(path);
  expect(second.record({ events: [{ type: 'c' }] }, 8)).toEqual([{ seq: 3, atMs: 8, event: { type: 'c' } }]);
  expect(second.events(1, 10).map(({ event }) => event.type)).toEqual(['b', 'c']);
  expect(second.events(0, 2)).toHaveLength(2);
  expect(second.events(3, 10)).toEqual([]);
  second.close();
});

test('record() keeps nothing of a change that fails in the middle', () => {
  using directory = temporaryDirectory();
  const store = openSessionStore(join(directory.path, 'one.sqlite'));
  const circular: { type: string; self?: unknown } = { type: 'b' };
  circular.self = circular;
  const change = { events: [{ type: 'a' }, circular], prompts: [aPrompt('a')], spent: { ...NOTHING, costUsd: 1 } };
  expect(() => store.record(change, 1)).toThrow(TypeError);
  expect(store.lastSeq()).toBe(0);
  expect(store.openPrompts()).toEqual([]);
  expect(store.spent()).toEqual(NOTHING);
  expect(store.record({ events: [{ type: 'c' }] }, 2)[0]?.seq).toBe(1);
  store.close();
});

test('openPrompts() gives those that are not done, in the order they came', () => {
  using directory = temporaryDirectory();
  const store = openSessionStore(join(directory.path, 'one.sqlite'));
  const [b, a, c] = [aPrompt('b'), aPrompt('a'), aPrompt('c')];
  store.record({ prompts: [b, a] }, 1);
  store.record({ prompts: [c] }, 2);
  const running = { ...b, state: { kind: 'running', sinceMs: 3 } } as const;
  const done = { ...a, state: { kind: 'done', outcome: { kind: 'finished' }, endedAtMs: 4 } } as const;
  store.record({ prompts: [done, running] }, 3);
  expect(store.openPrompts()).toEqual([running, c]);
  expect(store.prompt(a.id)).toEqual(done);
  expect(store.prompt(PromptId.parse(`prm_${'z'.repeat(20)}`))).toBeUndefined();
  store.close();
});

test('artifacts() gives them in order, over a restart, and none of a record that failed', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'one.sqlite');
  const artifact = (letter: string) =>
    Artifact.parse({
      id: `art_${letter.repeat(20)}`,
      name: `${letter}.png`,
      bytes: 1,
      mediaType: 'image/png',
      sha256: letter.repeat(64),
      addedAtMs: 1,
    });
  const first = openSessionStore(path);
  first.record({ artifacts: [artifact('b')], events: [{ type: 'artifact.added' }] }, 1);
  first.record({ artifacts: [artifact('a')] }, 2);
  expect(() => first.record({ artifacts: [artifact('c'), artifact('a')], events: [{ type: 'x' }] }, 3)).toThrow();
  first.close();
  const second = openSessionStore(path);
  expect(second.artifacts()).toEqual([artifact('b'), artifact('a')]);
  expect(everyEvent(second).map(({ event }) => event.type)).toEqual(['artifact.added']);
  second.close();
});

test('a session of an earlier cspace has no artifacts, and takes them', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'one.sqlite');
  openSessionStore(path).close();
  const database = new DatabaseSync(path);
  database.exec('DROP TABLE artifact; PRAGMA user_version = 1');
  database.close();
  const store = openSessionStore(path);
  expect(store.artifacts()).toEqual([]);
  store.close();
});

test('openPushes() gives the intents that are not settled', () => {
  using directory = temporaryDirectory();
  const store = openSessionStore(join(directory.path, 'one.sqlite'));
  const intended = aPush('a', { kind: 'intended' });
  store.record({ pushes: [intended, aPush('b', { kind: 'intended' })] }, 1);
  const landed = aPush('b', { kind: 'landed', where: 'local', ref: 'refs/heads/mars' });
  store.record({ pushes: [landed] }, 2);
  expect(store.openPushes()).toEqual([intended]);
  expect(store.push(landed.id)).toEqual(landed);
  store.close();
});

test('a prompt comes back byte for byte', () => {
  using directory = temporaryDirectory();
  const store = openSessionStore(join(directory.path, 'one.sqlite'));
  const text = `$HOME \`x\` "q" 'q' \\ \n\r\t\u2028 é 漢 🪐 ${'y'.repeat(1_000_000)}`;
  store.record({ prompts: [aPrompt('a', { text })] }, 1);
  expect(store.prompt(aPrompt('a').id)?.text).toBe(text);
  store.close();
});

test('files are for their owner only, the log included', () => {
  using directory = temporaryDirectory();
  const store = openSessionStore(join(directory.path, 'in', 'one.sqlite'));
  store.record({ events: [{ type: 'a' }] }, 1);
  for (const file of readdirSync(join(directory.path, 'in'))) {
    expect(`${file} ${(statSync(join(directory.path, 'in', file)).mode & 0o777).toString(8)}`).toBe(`${file} 600`);
  }
  expect(statSync(join(directory.path, 'in')).mode & 0o777).toBe(0o700);
  store.close();
});

test('the store does as a simple model does, whatever is recorded and whenever it is opened again', () => {
  using directory = temporaryDirectory();
  const types = ['agent.text', 'usage', 'turn.ended', 'tool.started'] as const;
  const step = fc.oneof(
    { weight: 1, arbitrary: fc.constant('reopen' as const) },
    {
      weight: 8,
      arbitrary: fc.record({
        events: fc.array(fc.record({ type: fc.constantFrom(...types), value: fc.jsonValue() }), { maxLength: 700 }),
        outboxSeq: fc.option(fc.nat(50), { nil: undefined }),
        costUsd: fc.double({ min: 0, max: 10, noNaN: true }),
        tokens: fc.nat(1_000_000),
      }),
    },
  );
  let file = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      file += 1;
      const path = join(directory.path, `${file}.sqlite`);
      let store = openSessionStore(path);
      const model = { events: [] as StoredEvent[], mark: 0, costUsd: 0, tokens: 0 };
      for (const [at, now] of steps.entries()) {
        if (now === 'reopen') {
          store.close();
          store = openSessionStore(path);
          continue;
        }
        const { events, outboxSeq, costUsd, tokens } = now;
        const outbox = outboxSeq === undefined ? {} : { outbox: { outboxId: OUTBOX, seq: outboxSeq } };
        const stored = store.record({ events, ...outbox, spent: { ...NOTHING, costUsd, inputTokens: tokens } }, at);
        const expected = events.map((event, index) => ({ seq: model.events.length + 1 + index, atMs: at, event }));
        expect(stored).toEqual(expected);
        model.events.push(...expected);
        model.mark = Math.max(model.mark, outboxSeq ?? 0);
        model.costUsd += costUsd;
        model.tokens += tokens;
      }
      const jsonOf = (value: unknown) => JSON.parse(JSON.stringify(value));
      expect(everyEvent(store)).toEqual(jsonOf(model.events));
      expect(store.lastSeq()).toBe(model.events.length);
      expect(store.outboxMark(OUTBOX)).toBe(model.mark);
      expect(store.spent()).toEqual({ ...NOTHING, costUsd: model.costUsd, inputTokens: model.tokens });
      expect(store.turns()).toBe(model.events.filter(({ event }) => event.type === 'turn.ended').length);
      for (const type of [...types, 'never']) {
        const last = model.events.findLast(({ event }) => event.type === type);
        expect(store.lastOf(type)).toEqual(last === undefined ? undefined : jsonOf(last));
      }
      store.close();
    }),
    { numRuns: 40 },
  );
});

test('record() loses and doubles nothing it acknowledged when the process is killed, again and again', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'one.sqlite');
  let acknowledged = 0;
  for (let round = 1; round <= 6; round += 1) {
    const child = startChild('./record-forever.ts', path);
    await child.printed(50 * round);
    await child.kill();
    acknowledged = Number(child.lines.at(-1));

    const store = openSessionStore(path);
    const events = everyEvent(store);
    expect(events.length).toBeGreaterThanOrEqual(acknowledged);
    // Each record is two events: one that was not acknowledged may be there, whole.
    expect(events.length - acknowledged).toBeLessThanOrEqual(2);
    expect(events.length % 2).toBe(0);
    expect(store.openPrompts().map(({ text }) => text)).toEqual(
      Array.from({ length: events.length / 2 }, (_, index) => `prompt ${index * 2 + 1}`),
    );
    expect(store.outboxMark(OUTBOX)).toBe(events.length - 1);
    expect(store.spent().requests).toBe(events.length / 2);
    store.close();
  }
}, 120_000);

test('100,000 events come back whole and in order', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'one.sqlite');
  const store = openSessionStore(path);
  for (let batch = 0; batch < 100; batch += 1) {
    store.record({ events: Array.from({ length: 1000 }, () => ({ type: 'agent.text', text: 'word '.repeat(20) })) }, 1);
  }
  store.close();
  const again = openSessionStore(path);
  const events = everyEvent(again);
  expect(events).toHaveLength(100_000);
  expect(events.every(({ seq }, index) => seq === index + 1)).toBe(true);
  again.close();
}, 120_000);

/** A store with 3,000 events, closed. */
function fullStore(path: string): void {
  const store = openSessionStore(path);
  for (let at = 0; at < 300; at += 1) {
    store.record({ events: Array.from({ length: 10 }, () => ({ type: 'agent.text', text: 'word '.repeat(40) })) }, at);
  }
  store.close();
}

test('a corrupted page is a fault that names the file', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'one.sqlite');
  fullStore(path);
  const pages = statSync(path).size / 4096;
  // The header, and pages of events; SQLite itself notices.
  for (const page of [0, Math.floor(pages / 3), Math.floor(pages / 2), pages - 1]) {
    const broken = join(directory.path, `broken-${page}.sqlite`);
    writeFileSync(broken, readFileSync(path));
    const file = openSync(broken, 'r+');
    writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
    closeSync(file);
    let store: SessionStore | undefined;
    const fault = faultFrom(() => {
      store = openSessionStore(broken);
      everyEvent(store);
    });
    store?.close();
    expect(fault).toMatchObject({ code: 'failed', message: expect.stringContaining(broken) });
  }
});

test('a body that is not what it should be is a fault that names the file', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'one.sqlite');
  const store = openSessionStore(path);
  store.record({ events: [{ type: 'a' }], prompts: [aPrompt('a')] }, 1);
  store.close();
  const raw = new DatabaseSync(path);
  raw.exec(`UPDATE event SET body = '{'; UPDATE prompt SET body = '{"id":"prm"}'`);
  raw.close();
  const again = openSessionStore(path);
  for (const read of [() => again.events(0, 1), () => again.openPrompts()]) {
    expect(faultFrom(read)).toMatchObject({ code: 'failed', message: expect.stringContaining(path) });
  }
  again.close();
});

test('an event that is gone from the middle is noticed', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'one.sqlite');
  fullStore(path);
  const raw = new DatabaseSync(path);
  raw.exec('DELETE FROM event WHERE seq = 1500');
  raw.close();
  const store = openSessionStore(path);
  expect(store.events(0, 1000)).toHaveLength(1000);
  expect(faultFrom(() => store.events(1000, 1000))).toMatchObject({ code: 'failed' });
  store.close();
});

test('a truncated log leaves a gapless beginning', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'one.sqlite');
  const child = startChild('./record-forever.ts', path);
  await child.printed(100);
  await child.kill();
  const wal = `${path}-wal`;
  truncateSync(wal, Math.floor(statSync(wal).size / 2));
  const store = openSessionStore(path);
  const events = everyEvent(store);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const next = store.record({ events: [{ type: 'after' }] }, 1);
  expect(next[0]?.seq).toBe(events.length + 1);
  store.close();
});

test('a database that somebody else has locked is unavailable', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'one.sqlite');
  openSessionStore(path).close();
  const other = new DatabaseSync(path);
  other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  expect(faultFrom(() => openSessionStore(path))).toMatchObject({ code: 'unavailable' });
  other.close();
  openSessionStore(path).close();
});

test('a database of a newer cspace is refused, not rewritten', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'one.sqlite');
  openSessionStore(path).close();
  const raw = new DatabaseSync(path);
  raw.exec('PRAGMA user_version = 99');
  raw.close();
  expect(faultFrom(() => openSessionStore(path))).toMatchObject({ code: 'failed' });
});
