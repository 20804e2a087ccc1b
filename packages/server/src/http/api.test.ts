import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { api, tokenServer } from './api.ts';
import { closeServer } from './close-server.ts';
import { listening } from './listening.ts';
import type { router } from './router.ts';

const TOKEN = 'a-token';
const log = pino({ level: 'silent' });
/** No route is asked for here. */
const ROUTES = {} as ReturnType<typeof router>;

/** A server with the API of `beside` alone, on a loopback port. */
async function serving(beside: Parameters<typeof api>[2]) {
  const hosts: string[] = [];
  const server = tokenServer(
    api(ROUTES, () => {}, beside, log),
    { token: TOKEN, hosts: () => hosts },
  );
  await listening(server, (done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  hosts.push(`127.0.0.1:${port}`);
  return { port, [Symbol.asyncDispose]: () => closeServer(server) };
}

const head = (line: string, port: number, more = '') =>
  `${line} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${more}Connection: close\r\n\r\n`;

test('api() answers what goes wrong unexpectedly as a bug, and goes on', async () => {
  await using server = await serving(async () => {
    throw new Error('unexpected');
  });
  const ask = () => fetch(`http://127.0.0.1:${server.port}/v1/x`, { headers: { authorization: `Bearer ${TOKEN}` } });
  const answered = await ask();
  expect(answered.status).toBe(500);
  expect(await answered.json()).toMatchObject({ code: 'bug', data: { bugId: expect.any(String) } });
  expect((await ask()).status).toBe(500);
});

test('tokenServer() outlives those who ask for an upgrade and break the connection before its answer', async () => {
  await using server = await serving(async () => false);
  const upgrade = head('GET /v1/tunnel', server.port, 'Upgrade: websocket\r\n').replace('close', 'Upgrade');
  for (let round = 0; round < 200; round++) {
    const socket = connect(server.port, '127.0.0.1').on('error', () => {});
    await new Promise((resolve) => socket.once('connect', resolve));
    // What was not read makes of the end a reset.
    socket.write(upgrade + 'x'.repeat(100_000), () => socket.resetAndDestroy());
    await new Promise((resolve) => socket.once('close', resolve));
  }
  await sleep(50);
  expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(401);
});
