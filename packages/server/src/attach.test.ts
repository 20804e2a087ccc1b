import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault, OutboxId, type Prompt } from '@cspace/domain';
import { aPrompt, aSession } from '@cspace/domain/testing';
import type { Down, Up } from '@cspace/protocol';
import { openIndex, sessionStores } from '@cspace/store-sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AttachDependencies, attach } from './attach.ts';
import { journal as openJournal } from './journal.ts';
import { supervisors } from './supervisors.ts';

const outboxId = OutboxId.parse(`obx_${'a'.repeat(20)}`);
const session = { ...aSession({}), run: { kind: 'started', atMs: 1 } } as const;
const welcome = { type: 'ping' } as const;
const done: Prompt = aPrompt('a', { state: { kind: 'done', outcome: { kind: 'limit', limit: 'time' }, endedAtMs: 1 } });

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'attach-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Serves a supervisor that says this to a server that has that prompt; gives what it was told and the log. */
async function served(
  prompt: Prompt,
  messages: (outbox: OutboxId) => readonly Up[],
  with_: Partial<AttachDependencies> = {},
) {
  const index = openIndex(join(directory, 'index.sqlite'));
  index.sessions.put(session);
  const journal = openJournal(
    sessionStores(join(directory, 'sessions')),
    () => 2,
    () => (value) => value,
  );
  journal.record(session.id, { prompts: [prompt] });
  const told: Down[] = [];
  const dependencies: AttachDependencies = {
    index,
    journal,
    supervisors: supervisors(),
    clock: () => 2,
    ids: { prompt: () => prompt.id } as AttachDependencies['ids'],
    welcome: async () => welcome,
    poke: () => undefined,
    deliver: () => undefined,
    tunnelFailed: () => undefined,
    startService: async (_, name) => {
      if (name !== 'cache') throw new Fault('lacking', 'Cannot start it: no', { hint: 'Install it' });
    },
    serviceEnded: async (_, name) => {
      if (name !== 'cache') throw new Fault('not-found', `Cannot find service ${name}: there is none of that name`);
      await new Promise((resolve) => setImmediate(resolve));
      return { how: 'it exited with code 3', said: 'no data' };
    },
    ...with_,
  };
  const { sandboxId, projectId } = session;
  await attach(
    dependencies,
    { sessionId: session.id, sandboxId, projectId },
    {
      messages: (async function* () {
        yield* messages(outboxId);
        // What was asked is answered before it goes.
        await new Promise((resolve) => setImmediate(resolve));
      })(),
      send: (message: Down) => void told.push(message),
      close: () => undefined,
    },
  );
  const log = journal.store(session.id).events(0, 100);
  const mark = journal.store(session.id).outboxMark(outboxId);
  journal.close();
  index.close();
  return { told, log: log.map(({ event }) => event), mark };
}

const hello = (running: boolean): Up => ({
  type: 'hello',
  supervisor: 'sup_a',
  version: '0',
  pid: 1,
  startedAtMs: 1,
  outboxId,
  lastSeq: 0,
  taken: [{ promptId: done.id, running }],
});

test('attach() cancels a turn whose end a killed server had written down and not told', async () => {
  const { told } = await served(done, () => [hello(true)]);
  expect(told).toEqual([welcome, { type: 'cancel', promptId: done.id, by: 'the end of the turn' }]);
  expect((await served(done, () => [hello(false)])).told).toEqual([welcome]);
});

test('attach() takes the first end of a turn for its end', async () => {
  const event = { type: 'turn.ended', promptId: done.id, outcome: { kind: 'cancelled', by: 'x' }, ms: 1 } as const;
  const items = [{ seq: 1, event }];
  const { told, log, mark } = await served(done, () => [hello(false), { type: 'events', items }]);
  expect(told.at(-1)).toEqual({ type: 'ack', seq: 1 });
  expect(log).toEqual([]);
  expect(mark).toBe(1);

  const running: Prompt = { ...done, state: { kind: 'running', sinceMs: 1 } };
  const twice = [2, 3].map((seq) => ({ seq, event }));
  const first = await served(running, () => [hello(true), { type: 'events', items: twice }]);
  expect(first.log).toEqual([event]);
  expect(first.mark).toBe(3);
});

test('attach() starts a service that is wanted, or says why not and what to do', async () => {
  const { told } = await served(done, () => [
    hello(false),
    { type: 'want-service', name: 'cache' },
    { type: 'want-service', name: 'browser' },
  ]);
  expect(told.slice(1)).toEqual([
    { type: 'service', name: 'cache', ok: true },
    { type: 'service', name: 'browser', ok: false, why: 'Cannot start it: no (Install it)' },
  ]);
});

test('attach() tells of the end of a service that is watched, once however often that was asked', async () => {
  const { told } = await served(done, () => [
    hello(false),
    { type: 'watch-service', name: 'browser' },
    ...Array.from({ length: 5 }, () => ({ type: 'watch-service', name: 'cache' }) as const),
  ]);
  expect(told.slice(1)).toEqual([
    { type: 'service-ended', name: 'cache', how: 'it exited with code 3', said: 'no data' },
  ]);
});

test('attach() lets go of a supervisor whose welcome fails in the middle', async () => {
  const attached = supervisors();
  const deliver = () => {
    throw new Error('no space left on device');
  };
  await expect(served(done, () => [hello(false)], { supervisors: attached, deliver })).rejects.toThrow('no space');
  expect(attached.get(session.id)).toBeUndefined();
});
