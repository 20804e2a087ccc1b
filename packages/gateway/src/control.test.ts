import { connect, createServer, type Socket } from 'node:net';
import { PromptId } from '@cspace/domain';
import type { Up } from '@cspace/protocol';
import { expect, test, vi } from 'vitest';
import { CONTROL_PATIENCE, type ControlPatience, controlConnection } from './control.ts';
import { listen } from './testing/listen.ts';

/** A machine that is busy with other things takes its time. */
const PATIENT_MS = 15_000;

/** Both ends of a real connection: `ours` is the gateway's. */
async function pair() {
  const server = createServer({ allowHalfOpen: true });
  const arrived = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const listening = await listen(server);
  const theirs = connect({ port: listening.port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
  const ours = await arrived;
  return {
    ours,
    theirs,
    async [Symbol.asyncDispose]() {
      theirs.destroy();
      await listening[Symbol.asyncDispose]();
    },
  };
}

function over(socket: Socket, patience: Partial<ControlPatience> = {}) {
  const ended: string[] = [];
  const connection = controlConnection(socket, { ...CONTROL_PATIENCE, ...patience }, (why) => ended.push(why));
  return { connection, ended };
}

const line = (id: string): string =>
  `${JSON.stringify({ type: 'not-taken', promptId: PromptId.parse(`prm_${id.repeat(20)}`), why: 'busy' } satisfies Up)}\n`;

async function all(messages: AsyncIterable<Up>): Promise<Up[]> {
  const seen: Up[] = [];
  for await (const message of messages) seen.push(message);
  return seen;
}

test('controlConnection() gives messages in order and ends with the connection', async () => {
  await using sockets = await pair();
  const { connection, ended } = over(sockets.ours);
  sockets.theirs.end(`${line('a')}{"type":"pong"}\n${line('b')}`);
  const seen = await all(connection.messages);
  expect(seen.map((message) => 'promptId' in message && message.promptId[4])).toEqual(['a', 'b']);
  expect(ended).toEqual(['the connection was closed']);
});

test.each([
  ['an unknown message', '{"type":"root"}\n', 'not one of the protocol'],
  ['an unknown field', '{"type":"pong","x":1}\n', 'not one of the protocol'],
  ['__proto__', '{"type":"pong","__proto__":{"x":1}}\n', 'not one of the protocol'],
  ['deep nesting', `{"type":"status","tool":${'['.repeat(50_000)}${']'.repeat(50_000)}}\n`, 'too many pieces'],
  ['what is not JSON', 'hello\n', 'a line is not JSON'],
  ['a line without end', 'x'.repeat(9 * 1024 * 1024), 'a line is longer than'],
])('controlConnection() ends at %s, after what came before', async (_name, bytes, why) => {
  await using sockets = await pair();
  const { connection, ended } = over(sockets.ours);
  sockets.theirs.write(line('a') + bytes);
  expect(await all(connection.messages)).toHaveLength(1);
  expect(ended).toEqual([expect.stringContaining(why)]);
  expect(sockets.ours.destroyed).toBe(true);
});

test('controlConnection() ends when a peer that is stopped says nothing, and pings until then', async () => {
  await using sockets = await pair();
  const { connection, ended } = over(sockets.ours, { pingMs: 20, missedPings: 4 });
  let pings = '';
  sockets.theirs.on('data', (chunk: Buffer) => {
    pings += chunk.toString();
  });
  expect(await all(connection.messages)).toEqual([]);
  expect(ended).toEqual(['the supervisor does not answer']);
  expect(pings).toMatch(/^({"type":"ping"}\n)+$/);
});

test('controlConnection() lives as long as pongs come', async () => {
  await using sockets = await pair();
  const { connection, ended } = over(sockets.ours, { pingMs: 20, missedPings: 3 });
  sockets.theirs.on('data', () => sockets.theirs.write('{"type":"pong"}\n'));
  const reading = all(connection.messages);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(ended).toEqual([]);
  connection.close();
  await reading;
  expect(ended).toEqual([]);
});

test('controlConnection() does not take our own slowness for a dead peer', async () => {
  await using sockets = await pair();
  const { connection, ended } = over(sockets.ours, { pingMs: 20, missedPings: 2 });
  sockets.theirs.on('data', () => sockets.theirs.write('{"type":"pong"}\n')).write(line('a'));
  const messages = connection.messages[Symbol.asyncIterator]();
  await messages.next();
  await new Promise((resolve) => setTimeout(resolve, 200));
  sockets.theirs.write(line('b'));
  expect((await messages.next()).value).toMatchObject({ promptId: `prm_${'b'.repeat(20)}` });
  expect(ended).toEqual([]);
});

test('controlConnection() reads no faster than it is read, and ends a peer that does not read', async () => {
  await using sockets = await pair();
  const { connection, ended } = over(sockets.ours, { maxUnsentBytes: 1024 * 1024 });
  const flood = Buffer.from(line('a').repeat(10_000));
  let written = 0;
  const pour = () => {
    while (written < 200 * 1024 * 1024 && sockets.theirs.write(flood)) written += flood.byteLength;
  };
  sockets.theirs.on('drain', pour);
  pour();
  await connection.messages[Symbol.asyncIterator]().next();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(written).toBeLessThan(50 * 1024 * 1024);
  for (let at = 0; at < 100 && ended.length === 0; at += 1) {
    connection.send({ type: 'exit', reason: 'x'.repeat(100_000) });
  }
  await vi.waitFor(() => expect(ended).toEqual(['the supervisor does not read']), PATIENT_MS);
});
