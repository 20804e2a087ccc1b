import { execFile } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';
import type { EgressGrant } from '@cspace/domain';
import type { Event } from '@cspace/protocol';
import { expect, test, vi } from 'vitest';
import { listen } from '../testing/listen.ts';
import { readUntil } from '../testing/read-until.ts';
import { selfSigned } from '../testing/self-signed.ts';
import { type TestDoor, testDoor } from '../testing/test-door.ts';

/** A machine that is busy with other things takes its time. */
const PATIENT_MS = 15_000;

type Options = NonNullable<Parameters<typeof testDoor>[1]>;

/** A door that lets the user's patterns through. */
const doorTo = (patterns: readonly string[], options: Options = {}, origin: EgressGrant['origin'] = 'user') =>
  testDoor({ egressAllowed: () => patterns.map((pattern) => ({ pattern, origin })) }, options);

const egressOf = (door: TestDoor) =>
  door.events
    .filter((event): event is Extract<Event, { type: 'egress' }> => event.type === 'egress')
    .map(({ host, port, decision, why }) => `${decision} ${host}:${port} ${why}`);

async function connectThrough(door: TestDoor, target: string): Promise<{ socket: Socket; head: string }> {
  const socket = await door.dial();
  socket.on('error', () => {});
  socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`);
  return { socket, head: await readUntil(socket, '\r\n\r\n') };
}

test('CONNECT reaches a host that the user named, both ways and to both ends', async () => {
  await using echo = await listen(createServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket)));
  await using door = await doorTo([`127.0.0.1:${echo.port}`]);
  const { socket, head } = await connectThrough(door, `127.0.0.1:${echo.port}`);
  expect(head).toMatch(/^HTTP\/1.1 200 /);
  socket.end('hello over there');
  expect(await readUntil(socket, 'nothing more')).toBe('hello over there');
  expect(egressOf(door)).toEqual([`allowed 127.0.0.1:${echo.port} allowed by 127.0.0.1:${echo.port}`]);
});

test('CONNECT passes on a server that speaks first', async () => {
  await using server = await listen(createServer((socket) => void socket.end('220 hi\r\n')));
  await using door = await doorTo([`127.0.0.1:${server.port}`]);
  const { socket, head } = await connectThrough(door, `127.0.0.1:${server.port}`);
  expect(head + (await readUntil(socket, '\r\n'))).toContain('220 hi');
  socket.destroy();
});

test('CONNECT is refused with a reason and a way out', async () => {
  await using door = await doorTo(['example.com']);
  const socket = await door.dial();
  socket.write('CONNECT evilexample.com:443 HTTP/1.1\r\nhost: x\r\n\r\n');
  const answer = await readUntil(socket, 'never');
  expect(answer).toMatch(/^HTTP\/1.1 403 Forbidden\r\n/);
  expect(answer).toContain(
    'Cannot reach evilexample.com:443: no rule allows evilexample.com:443; allow it with egress.allow',
  );
  expect(egressOf(door)).toEqual(['denied evilexample.com:443 no rule allows evilexample.com:443']);
});

test('CONNECT under no rules reaches nothing and asks no resolver', async () => {
  const resolve = vi.fn();
  await using door = await doorTo([], { resolve });
  expect((await connectThrough(door, 'example.com:443')).head).toMatch(/^HTTP\/1.1 403/);
  expect(resolve).not.toHaveBeenCalled();
});

test.each([
  ['a private address', ['10.0.0.1'], 'repository', '403'],
  ['metadata', ['169.254.169.254'], 'user', '403'],
  ['loopback', ['127.0.0.1', '::1'], 'user', '403'],
  ['loopback in IPv6 clothes', ['::ffff:127.0.0.1', '64:ff9b::7f00:1'], 'user', '403'],
  ['nothing', [], 'user', '403'],
] as const)('CONNECT to a name that is %s is refused', async (_name, addresses, origin, status) => {
  await using door = await doorTo(['rebound.example'], { resolve: async () => addresses }, origin);
  expect((await connectThrough(door, 'rebound.example:443')).head).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
});

test('CONNECT asks for the addresses once and connects to one it has checked', async () => {
  await using echo = await listen(createServer((socket) => void socket.pipe(socket)));
  const resolve = vi.fn(async () => ['169.254.169.254', '127.0.0.1']);
  await using door = await doorTo([`localhost:${echo.port}`], { resolve });
  const { head, socket } = await connectThrough(door, `localhost:${echo.port}`);
  expect(head).toMatch(/^HTTP\/1.1 200/);
  expect(resolve).toHaveBeenCalledTimes(1);
  socket.destroy();
});

test('CONNECT says when a name is not found, a host refuses, or does not answer', async () => {
  const lost = async () => Promise.reject(new Error('ENOTFOUND'));
  await using nowhere = await doorTo(['lost.example'], { resolve: lost });
  expect((await connectThrough(nowhere, 'lost.example:443')).head).toMatch(/^HTTP\/1.1 502/);
  await using refused = await doorTo(['127.0.0.1:1']);
  expect((await connectThrough(refused, '127.0.0.1:1')).head).toMatch(/^HTTP\/1.1 502/);
  const silent = () => new Promise<never>(() => {});
  await using late = await doorTo(['slow.example'], { resolve: silent, patience: { connectMs: 50 } });
  expect((await connectThrough(late, 'slow.example:443')).head).toMatch(/^HTTP\/1.1 50[24]/);
});

test('CONNECT is bounded in number, and a closed connection makes room', async () => {
  await using echo = await listen(createServer((socket) => void socket.pipe(socket)));
  const target = `127.0.0.1:${echo.port}`;
  await using door = await doorTo([target], { patience: { egressConnections: 2 } });
  const first = await connectThrough(door, target);
  await connectThrough(door, target);
  expect((await connectThrough(door, target)).head).toMatch(/^HTTP\/1.1 503/);
  first.socket.destroy();
  await vi.waitFor(async () => expect((await connectThrough(door, target)).head).toMatch(/^HTTP\/1.1 200/), PATIENT_MS);
});

test('CONNECT ends a connection on which nothing is said', async () => {
  await using server = await listen(createServer(() => {}));
  await using door = await doorTo([`127.0.0.1:${server.port}`], { patience: { idleMs: 100 } });
  const { socket } = await connectThrough(door, `127.0.0.1:${server.port}`);
  await readUntil(socket, 'never');
  expect(socket.destroyed || socket.readableEnded).toBe(true);
});

test('CONNECT does not read ahead for a client that does not read', async () => {
  let written = 0;
  const server = createServer((socket) => {
    const pour = () => {
      while (written < 500 * 1024 * 1024 && socket.write(Buffer.alloc(64 * 1024))) written += 64 * 1024;
    };
    socket.on('error', () => {}).on('drain', pour);
    pour();
  });
  await using listening = await listen(server);
  await using door = await doorTo([`127.0.0.1:${listening.port}`]);
  const { socket } = await connectThrough(door, `127.0.0.1:${listening.port}`);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(written).toBeLessThan(50 * 1024 * 1024);
  socket.destroy();
});

test('a TLS name other than that of the CONNECT cuts the connection', async () => {
  const said: unknown[] = [];
  const tls = createTlsServer(selfSigned('localhost', 'other.example'), (socket) => void socket.end('welcome'));
  tls.on('tlsClientError', () => {}).on('secureConnection', (socket) => said.push(socket.servername));
  await using server = await listen(tls);
  await using door = await doorTo([`localhost:${server.port}`], { resolve: async () => ['127.0.0.1'] });
  const talk = async (servername: string | undefined) => {
    const { socket } = await connectThrough(door, `localhost:${server.port}`);
    const secure = connectTls({
      socket,
      rejectUnauthorized: false,
      ...(servername === undefined ? {} : { servername }),
    });
    secure.on('error', () => {});
    return await readUntil(secure, 'welcome');
  };
  expect(await talk('localhost')).toBe('welcome');
  expect(await talk('other.example')).toBe('');
  expect(await talk(undefined)).toBe('');
  expect(said).toEqual(['localhost']);
  expect(egressOf(door).slice(1)).toEqual([
    `denied localhost:${server.port} the TLS handshake names another host`,
    `denied localhost:${server.port} the TLS handshake names no host`,
  ]);
});

test('curl works through the door, by CONNECT and by plain HTTP', async () => {
  const server = createHttpServer((request, response) => void response.end(`${request.method} ${request.url}`));
  await using listening = await listen(server);
  await using door = await doorTo([`127.0.0.1:${listening.port}`]);
  // The supervisor's forwarder: a loopback port in front of the door.
  const forwarder = createServer((socket) => {
    door.dial().then(
      (up) => {
        socket
          .on('error', () => {})
          .pipe(up)
          .on('error', () => {})
          .pipe(socket);
      },
      () => socket.destroy(),
    );
  });
  await using forward = await listen(forwarder);
  const url = `http://127.0.0.1:${listening.port}/a?b=c`;
  const proxy = ['--noproxy', '', '-s', '-x', `http://127.0.0.1:${forward.port}`];
  for (const tunnel of [[], ['--proxytunnel']]) {
    const { stdout } = await promisify(execFile)('curl', [...proxy, ...tunnel, url]);
    expect(stdout).toBe('GET /a?b=c');
  }
});

test('plain HTTP passes bodies and answers, and leaves out what is for the hop', async () => {
  let headers: unknown;
  const server = createHttpServer((request, response) => {
    headers = request.headers;
    response.writeHead(302, { location: 'http://elsewhere.example/', 'x-a': '1', connection: 'x-a, close' });
    request.pipe(response);
  });
  await using listening = await listen(server);
  const host = `127.0.0.1:${listening.port}`;
  await using door = await doorTo([host]);
  const answer = await door.ask('POST', `http://${host}/x?y=z`, {
    headers: { host, 'proxy-authorization': 'secret', 'proxy-connection': 'keep-alive', te: 'trailers', 'x-b': '2' },
    body: 'body',
  });
  expect(answer).toMatchObject({ status: 302, body: 'body', headers: { location: 'http://elsewhere.example/' } });
  expect(answer.headers['x-a']).toBeUndefined();
  expect(headers).toEqual({ host, 'x-b': '2', 'content-length': '4', connection: 'close' });
  const chunked = await door.ask('POST', `http://${host}/`, {
    headers: { host, 'transfer-encoding': 'chunked' },
    body: 'abc',
  });
  expect(chunked.body).toBe('abc');
});

test.each([
  ['http://127.0.0.1:PORT/', '169.254.169.254', 400],
  ['http://127.0.0.1:PORT@evil.example/', '127.0.0.1:PORT', 400],
  ['http://169.254.169.254/latest/meta-data', '169.254.169.254', 403],
  ['http://0x7f000001:PORT/', '0x7f000001:PORT', 400],
  ['http://127.1:PORT/', '127.1:PORT', 400],
  ['https://127.0.0.1:PORT/', '127.0.0.1:PORT', 400],
  ['ftp://127.0.0.1:PORT/', '127.0.0.1:PORT', 400],
  ['http:///x', '', 400],
])('plain HTTP of %s with Host %s is refused', async (url, host, status) => {
  await using listening = await listen(createHttpServer((_request, response) => void response.end('reached')));
  const here = (text: string) => text.replace('PORT', String(listening.port));
  await using door = await doorTo([`127.0.0.1:${listening.port}`]);
  expect((await door.ask('GET', here(url), { headers: { host: here(host) } })).status).toBe(status);
});

test('a loop over denied hosts does not flood the log', async () => {
  await using door = await doorTo(['example.com']);
  for (let at = 0; at < 300; at += 1) {
    const asked = at % 2 === 0 ? 'same.example' : `n${at}.example`;
    await door.ask('GET', `http://${asked}/`, { headers: { host: asked } });
  }
  expect(door.events.filter((event) => event.type === 'egress')).toHaveLength(100);
  expect(door.events.filter((event) => event.type === 'notice')).toHaveLength(1);
});
