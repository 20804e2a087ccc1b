import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TunnelId } from '@cspace/domain';
import type { Up } from '@cspace/protocol';
import { expect, test, vi } from 'vitest';
import { openDoor } from './door.ts';
import type { ControlConnection } from './ports.ts';
import { readUntil } from './testing/read-until.ts';
import { CALLER, noPorts, testDoor } from './testing/test-door.ts';

/** A machine that is busy with other things takes its time. */
const PATIENT_MS = 15_000;

const UPGRADE = 'GET /control HTTP/1.1\r\nhost: door\r\nconnection: Upgrade\r\nupgrade: cspace-control\r\n\r\n';

test('openDoor() gives API requests to the server with who called, and nothing else of theirs', async () => {
  const seen: string[] = [];
  await using door = await testDoor({
    api(caller, request, response) {
      seen.push(`${caller.sessionId} ${request.url}`);
      response.end('yes');
    },
  });
  expect((await door.ask('GET', '/v1/health?a=b')).body).toBe('yes');
  expect((await door.ask('GET', '/v1x')).status).toBe(404);
  expect((await door.ask('GET', '/')).status).toBe(404);
  expect((await door.ask('GET', 'http://127.0.0.1:3128/v1/health')).body).toBe('yes');
  expect(seen).toEqual([`${CALLER.sessionId} /v1/health?a=b`, `${CALLER.sessionId} /v1/health`]);
});

test('openDoor() takes no API body of unknown or great length', async () => {
  await using door = await testDoor();
  const chunked = await door.ask('POST', '/v1/x', { headers: { 'transfer-encoding': 'chunked' }, body: 'a' });
  expect(chunked.status).toBe(411);
  const socket = await door.dial();
  socket.write('POST /v1/x HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999\r\n\r\n');
  expect(await readUntil(socket, '\n\n')).toMatch(/^HTTP\/1.1 413/);
  socket.destroy();
});

test('openDoor() takes an artifact of up to 50 MiB, and nothing else that is so long', async () => {
  await using door = await testDoor({ api: (_caller, _request, response) => void response.end('yes') });
  const announced = async (head: string, bytes: number) => {
    const socket = await door.dial();
    socket.write(`${head} HTTP/1.1\r\nhost: a\r\ncontent-length: ${bytes}\r\n\r\n`);
    const answer = await readUntil(socket, '\r\n\r\n');
    socket.destroy();
    return answer.slice(9, 12);
  };
  const MIB = 1024 * 1024;
  expect(await announced('PUT /v1/artifacts?name=a', 50 * MIB)).toBe('200');
  expect(await announced('PUT /v1/artifacts?name=a', 50 * MIB + 1)).toBe('413');
  expect(await announced('POST /v1/artifacts?name=a', 50 * MIB)).toBe('413');
  expect(await announced('PUT /v1/artifactsx', 50 * MIB)).toBe('413');
});

test('openDoor() replaces what a killed server left, and is open to the sandbox', async () => {
  await using first = await testDoor({ api: (_caller, _request, response) => void response.end('first') });
  await first.door[Symbol.asyncDispose]();
  await writeFile(first.socketPath, 'left over');
  await using _second = await openDoor({
    socketPath: first.socketPath,
    caller: CALLER,
    ports: { ...noPorts, api: (_caller, _request, response) => void response.end('second') },
  });
  expect((await first.ask('GET', '/v1/x')).body).toBe('second');
  expect((await stat(first.socketPath)).mode & 0o777).toBe(0o666);
});

test('openDoor() refuses a path that no socket can have', async () => {
  await expect(openDoor({ socketPath: join('/tmp', 'x'.repeat(110)), caller: CALLER, ports: noPorts })).rejects.toThrow(
    /^Cannot open a door: .* is too long/,
  );
});

test('openDoor() turns a connection into a control connection', async () => {
  const { promise, resolve } = Promise.withResolvers<ControlConnection>();
  await using door = await testDoor({ control: (_caller, connection) => resolve(connection) });
  const socket = await door.dial();
  socket.write(`${UPGRADE}{"type":"pong"}\n{"type":"not-taken",`);
  expect(await readUntil(socket, '\r\n\r\n')).toMatch(/^HTTP\/1.1 101 /);
  const connection = await promise;
  socket.write(`"promptId":"prm_${'a'.repeat(20)}","why":"busy"}\n`);
  const { value } = await connection.messages[Symbol.asyncIterator]().next();
  expect((value as Up).type).toBe('not-taken');
  connection.send({ type: 'ack', seq: 3 });
  expect(await readUntil(socket, '\n')).toBe('{"type":"ack","seq":3}\n');
  connection.close();
  await readUntil(socket, 'nothing more');
  expect(socket.readableEnded || socket.destroyed).toBe(true);
});

test('openDoor() gives the end of a tunnel to who asked for it, bytes that came early included', async () => {
  const id = TunnelId.parse(`tun_${'b'.repeat(20)}`);
  await using door = await testDoor({
    tunnel(_caller, tunnelId, stream) {
      if (tunnelId !== id) return false;
      stream.write('hi ');
      stream.pipe(stream);
      return true;
    },
  });
  const upgrade = (path: string) =>
    `GET /tunnel/${path} HTTP/1.1\r\nhost: door\r\nconnection: Upgrade\r\nupgrade: cspace-tunnel\r\n\r\n`;
  const socket = await door.dial();
  socket.write(`${upgrade(id)}early`);
  expect(await readUntil(socket, 'early')).toMatch(/^HTTP\/1.1 101 .*\r\n\r\nhi early$/s);
  socket.destroy();
  for (const path of [`tun_${'c'.repeat(20)}`, '../x']) {
    const other = await door.dial();
    other.write(`${upgrade(path)}`);
    await readUntil(other, 'never said');
    expect(other.readableEnded || other.destroyed).toBe(true);
  }
});

test('openDoor() serves a plain request that only mentions an upgrade', async () => {
  await using door = await testDoor({ api: (_caller, _request, response) => void response.end('yes') });
  const answer = await door.ask('GET', '/v1/x', { headers: { connection: 'Upgrade, close', upgrade: 'h2c' } });
  expect(answer.body).toBe('yes');
});

test('openDoor() answers a bug of a handler and goes on', async () => {
  await using door = await testDoor({
    api() {
      throw new Error('secret inside');
    },
  });
  const answer = await door.ask('GET', '/v1/x');
  expect(answer.status).toBe(500);
  expect(answer.body).not.toContain('secret');
  expect(door.reports).toHaveLength(1);
});

test('openDoor() survives garbage, huge headers, and clients that vanish', async () => {
  await using door = await testDoor({ api: (_caller, _request, response) => void response.end('yes') });
  const garbage = [
    '\0\x01\x02\r\n\r\n',
    'GET / HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    `GET / HTTP/1.1\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`,
    'CONNECT \r\n\r\n',
    'CONNECT [::1 HTTP/1.1\r\n\r\n',
    `${UPGRADE}${'x'.repeat(1000)}\n`,
    'POST /model/anthropic/v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n',
    'GET http://[ HTTP/1.1\r\nhost: a\r\n\r\n',
  ];
  for (const bytes of garbage) {
    const socket = await door.dial();
    socket.on('error', () => {});
    socket.write(bytes);
    await readUntil(socket, '\r\n\r\n');
    socket.destroy();
  }
  expect((await door.ask('GET', '/v1/x')).body).toBe('yes');
});

test('openDoor() ends connections that say nothing, and those over its number', async () => {
  await using door = await testDoor(
    { api: (_caller, _request, response) => void response.end('yes') },
    { patience: { connections: 20, headersMs: 300 } },
  );
  const sockets = await Promise.all(Array.from({ length: 60 }, () => door.dial().catch(() => undefined)));
  for (const socket of sockets) socket?.on('error', () => {}).write('GET /v1/x HT');
  await vi.waitFor(() => expect(sockets.every((socket) => !socket || isOver(socket))).toBe(true), PATIENT_MS);
  expect((await door.ask('GET', '/v1/x')).body).toBe('yes');
});

test('openDoor() ends a connection with a pile of requests on it', async () => {
  let asked = 0;
  await using door = await testDoor({
    api() {
      asked += 1;
    },
  });
  const socket = await door.dial();
  socket.on('error', () => {});
  socket.write('GET /v1/x HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(1000));
  await vi.waitFor(() => expect(isOver(socket)).toBe(true), PATIENT_MS);
  expect(asked).toBeLessThan(20);
});

test('dispose() ends every connection, upgraded ones too', async () => {
  const door = await testDoor({ control: () => {} });
  const socket = await door.dial();
  socket.on('error', () => {}).write(UPGRADE);
  await readUntil(socket, '\r\n\r\n');
  await door[Symbol.asyncDispose]();
  socket.resume();
  await vi.waitFor(() => expect(isOver(socket)).toBe(true), PATIENT_MS);
});

function isOver(socket: { readonly readableEnded: boolean; readonly destroyed: boolean; resume(): unknown }): boolean {
  socket.resume();
  return socket.readableEnded || socket.destroyed;
}
