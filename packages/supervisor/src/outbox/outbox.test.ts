import { appendFileSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SupervisorEvent } from '@cspace/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openOutbox } from './outbox.ts';
import { decodeRecord } from './record.ts';

const session = 'ses_aaaaaaaaaaaaaaaaaaaa';
const fresh = () => mkdtempSync(join(tmpdir(), 'outbox-'));
const text = (value: string): SupervisorEvent => ({ type: 'agent.text', kind: 'message', text: value });
const textsAfter = (outbox: ReturnType<typeof openOutbox>, seq: number) =>
  outbox.read(seq).items.map((item) => {
    const event = decodeRecord(item)?.event;
    return event?.type === 'agent.text' ? event.text : event?.type;
  });

test('openOutbox() numbers what it keeps from 1, without a gap, and gives it back after a reopening', async () => {
  const directory = fresh();
  const before = openOutbox(directory);
  for (const value of ['a', 'b', 'c']) before.append(text(value));
  await before.close();
  const after = openOutbox(directory);
  expect(after.id).toBe(before.id);
  expect(after.lastSeq).toBe(3);
  after.append(text('d'));
  expect(textsAfter(after, 0)).toEqual(['a', 'b', 'c', 'd']);
  expect(textsAfter(after, 2)).toEqual(['c', 'd']);
});

test('openOutbox() drops a torn last line, wherever it is torn', async () => {
  const directory = fresh();
  const outbox = openOutbox(directory);
  outbox.append(text('whole'));
  outbox.append(text('torn😀'));
  await outbox.close();
  const path = join(directory, 'outbox');
  const bytes = readFileSync(path);
  const whole = bytes.lastIndexOf(10, -2) + 1;
  for (let cut = whole; cut < bytes.byteLength; cut += 1) {
    writeFileSync(path, bytes.subarray(0, cut));
    const again = openOutbox(directory);
    expect(textsAfter(again, 0)).toEqual(['whole']);
    again.append(text('next'));
    expect(textsAfter(again, 0)).toEqual(['whole', 'next']);
    await again.close();
  }
});

test('openOutbox() begins anew when the file is garbage', () => {
  const directory = fresh();
  openOutbox(directory);
  writeFileSync(join(directory, 'outbox'), '\0\0\0\0');
  appendFileSync(join(directory, 'outbox'), '{}\n');
  expect(openOutbox(directory).lastSeq).toBe(0);
});

test('openOutbox() keeps every text exactly', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 20 }), (values) => {
      const directory = fresh();
      const outbox = openOutbox(directory);
      for (const value of values) outbox.append(text(value));
      expect(textsAfter(outbox, 0)).toEqual(values);
      expect(textsAfter(openOutbox(directory), 0)).toEqual(values);
    }),
    { numRuns: 30 },
  );
});

test('ack() lets the file shrink and the numbers go on, also over a reopening', async () => {
  const directory = fresh();
  const outbox = openOutbox(directory);
  for (let round = 0; round < 20; round += 1) {
    for (let each = 0; each < 10; each += 1) outbox.append(text('x'.repeat(20_000)));
    for (let seq = outbox.ackedSeq; seq < outbox.lastSeq; ) {
      seq = outbox.read(seq).lastSeq;
      outbox.ack(seq);
    }
  }
  expect(outbox.lastSeq).toBe(200);
  expect(statSync(join(directory, 'outbox')).size).toBeLessThan(1_000_000);
  await outbox.close();
  const again = openOutbox(directory);
  expect(again.lastSeq).toBe(200);
  again.append(text('next'));
  expect(again.lastSeq).toBe(201);
  expect(textsAfter(again, 200)).toEqual(['next']);
});

test('any order of appends, reads, acknowledgements and reopenings gives the server each event once, in order', async () => {
  const step = fc.oneof(
    fc.constant('append' as const),
    fc.constant('send' as const),
    fc.constant('ack' as const),
    fc.constant('reopen' as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const directory = fresh();
      let outbox = openOutbox(directory);
      outbox.welcome({ ackedSeq: 0, session });
      const stored: (string | undefined)[] = [];
      let count = 0;
      let sent = 0;
      for (const each of [...steps, 'send', 'ack'] as const) {
        if (each === 'append') {
          count += 1;
          outbox.append(text(String(count) + '.'.repeat(30_000)));
        }
        if (each === 'send') {
          const batch = outbox.read(sent);
          for (const item of batch.items) {
            const record = decodeRecord(item);
            if (record?.seq === stored.length + 1) stored.push(textOf(record.event));
          }
          sent = batch.lastSeq;
        }
        if (each === 'ack') outbox.ack(stored.length);
        if (each === 'reopen') {
          await outbox.close();
          outbox = openOutbox(directory);
          expect(outbox.welcome({ ackedSeq: stored.length, session })).toBe(true);
          sent = stored.length;
        }
      }
      while (stored.length < count) {
        const batch = outbox.read(stored.length);
        for (const item of batch.items) stored.push(textOf(decodeRecord(item)?.event));
      }
      expect(stored).toEqual(Array.from({ length: count }, (_, index) => String(index + 1)));
    }),
    { numRuns: 40 },
  );
});

test('welcome() begins a new outbox after a snapshot was restored, with only what is new', async () => {
  const directory = fresh();
  const before = openOutbox(directory);
  before.welcome({ ackedSeq: 0, session });
  before.append(text('old'));
  await before.close();
  const restored = openOutbox(directory);
  restored.append(text('new'));
  expect(restored.welcome({ ackedSeq: 2, session })).toBe(false);
  expect(restored.id).not.toBe(before.id);
  expect(restored.lastSeq).toBe(1);
  expect(textsAfter(restored, 0)).toEqual(['new']);
  expect(restored.welcome({ ackedSeq: 0, session })).toBe(true);
});

test('append() leaves out what agents say, never what happens, once too much waits', () => {
  const outbox = openOutbox(fresh(), { waitingBytes: 10_000 });
  for (let each = 0; each < 100; each += 1) outbox.append(text('x'.repeat(500)));
  outbox.append({ type: 'supervisor.ended', reason: 'test' });
  const found = textsAfter(outbox, 0);
  expect(found.length).toBeLessThan(30);
  expect(found.at(-1)).toBe('supervisor.ended');
  outbox.ack(outbox.lastSeq);
  outbox.append(text('again'));
  expect(textsAfter(outbox, outbox.ackedSeq)).toEqual(['notice', 'again']);
});

function textOf(event: SupervisorEvent | undefined): string | undefined {
  return event?.type === 'agent.text' ? event.text.replace(/\.+$/, '') : undefined;
}
