import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault, type SessionId } from '@cspace/domain';
import type { LoggedEvent } from '@cspace/protocol';
import { afterEach, expect, test } from 'vitest';
import { connect } from './connect.ts';
import type { FetchLike } from './fetch-like.ts';
import { type EventSource, follow } from './follow.ts';
import { fakeServer, world } from './testing/index.ts';

const sockets: string[] = [];
afterEach(() => {
  for (const path of sockets.splice(0)) rmSync(path, { force: true });
});

const newSocket = () => {
  const path = join(tmpdir(), `cspace-follow-${randomUUID()}.sock`);
  sockets.push(path);
  return path;
};

/** `fetch` over a Unix socket, as short as a test may have it. */
const over =
  (socketPath: string): FetchLike =>
  (url, { method, headers, signal }) =>
    new Promise((resolve, reject) => {
      const { pathname, search } = new URL(url);
      const options = { socketPath, path: `${pathname}${search}`, method, headers, agent: false };
      request({ ...options, ...(signal === undefined ? {} : { signal }) })
        .on('error', reject)
        .on('response', (message) =>
          resolve({
            status: message.statusCode ?? 0,
            headers: { get: (name) => String(message.headers[name] ?? '') },
            body: message,
            text: async () => (await message.toArray()).join(''),
          }),
        )
        .end();
    });

const said = (text: string) => ({ type: 'agent.text' as const, kind: 'message' as const, text });
const textOf = ({ event }: LoggedEvent) => (event.type === 'agent.text' ? event.text : event.type);

async function collect(events: AsyncIterable<LoggedEvent>, count: number, each?: (logged: LoggedEvent) => unknown) {
  const found: LoggedEvent[] = [];
  for await (const logged of events) {
    found.push(logged);
    await each?.(logged);
    if (found.length === count) break;
  }
  return found;
}

test('follow() gives the log and then what comes, in order', async () => {
  const socketPath = newSocket();
  const given = world('/repository');
  const session = given.addSession({ name: 'mars' });
  given.emit(session.id, said('one'), said('two'));
  await using _ = await fakeServer(socketPath, given);
  const client = connect({ url: 'http://localhost', fetch: over(socketPath) });
  const found = await collect(follow(client, session.id, { after: 1 }), 3, ({ seq }) => {
    if (seq === 2) given.emit(session.id, said('three'), said('four'));
  });
  expect(found.map(textOf)).toEqual(['two', 'three', 'four']);
});

test('follow() has no gap and no double through servers that die', async () => {
  const socketPath = newSocket();
  const given = world('/repository');
  const session = given.addSession({ name: 'mars' });
  let server = await fakeServer(socketPath, given);
  const client = connect({ url: 'http://localhost', fetch: over(socketPath) });
  let lost = 0;
  const writing = (async () => {
    for (let round = 0; round < 5; round += 1) {
      for (let at = 0; at < 40; at += 1) given.emit(session.id, said(`${round}.${at}`));
      await new Promise((resolve) => setTimeout(resolve, 20));
      await server.kill();
      given.emit(session.id, said(`${round} while it was dead`));
      await new Promise((resolve) => setTimeout(resolve, 30));
      server = await fakeServer(socketPath, given);
    }
  })();
  const found = await collect(
    follow(client, session.id, {
      onLost: () => {
        lost += 1;
      },
    }),
    5 * 41,
  );
  await writing;
  await server.kill();
  expect(found.map(({ seq }) => seq)).toEqual(found.map((_, at) => at + 1));
  // A busy machine may find the next server before it has missed the last one.
  expect(lost).toBeGreaterThan(0);
});

test('follow() ends with the session, with the signal, and with what the server refuses', async () => {
  const socketPath = newSocket();
  const given = world('/repository');
  const session = given.addSession({ name: 'mars' });
  await using _ = await fakeServer(socketPath, given);
  const client = connect({ url: 'http://localhost', fetch: over(socketPath) });

  given.emit(session.id, said('last words'), { type: 'session.state', state: { kind: 'removed', sinceMs: 0 } });
  expect((await collect(follow(client, session.id), 99)).map(textOf)).toEqual(['last words', 'session.state']);

  const other = given.addSession({ name: 'venus' });
  given.emit(other.id, said('hello'));
  const cancel = new AbortController();
  const cancelled = await collect(follow(client, other.id, { signal: cancel.signal }), 99, () => cancel.abort());
  expect(cancelled.map(textOf)).toEqual(['hello']);

  const nobody = `ses_${'x'.repeat(20)}` as SessionId;
  await expect(collect(follow(client, nobody), 1)).rejects.toMatchObject({ name: 'Fault', code: 'not-found' });
});

test('follow() gives up when the server stays away for too long, and its caller may do so earlier', async () => {
  const client = connect({ url: 'http://localhost', fetch: over(newSocket()) });
  const id = `ses_${'x'.repeat(20)}` as SessionId;
  await expect(collect(follow(client, id, { giveUpMs: 120 }), 1)).rejects.toMatchObject({ code: 'unavailable' });
  const enough = follow(client, id, {
    onLost: () => {
      throw new Fault('interrupted', 'Cannot wait');
    },
  });
  await expect(collect(enough, 1)).rejects.toMatchObject({ code: 'interrupted' });
});

test('follow() asks again from the last good event when a stream skips or repeats', async () => {
  const asked: unknown[] = [];
  const at = (seq: number): LoggedEvent => ({ seq, atMs: 0, event: said(String(seq)) });
  const streams = [
    [at(1), at(2), at(4)],
    [at(2), at(3), at(4)],
  ];
  const source: EventSource = {
    sessions: {
      events: async ({ after }) => {
        asked.push(after);
        const stream = streams.shift() ?? [];
        return (async function* () {
          yield* stream;
        })();
      },
    },
  };
  const found = await collect(follow(source, `ses_${'x'.repeat(20)}` as SessionId), 4);
  expect(found.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  expect(asked).toEqual([0, 2]);
});
