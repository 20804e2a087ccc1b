import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BrowserPort, openBrowserPort } from './open-browser-port.ts';
import type { RunningBrowser } from './start-chromium.ts';

let cleanup: AsyncDisposableStack;
let ownPort: number;
/** How often a browser was started and ended. */
let counts: { started: number; ended: number };
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  counts = { started: 0, ended: 0 };
  const server = createServer((request, response) => response.end(`${request.headers.host} ${request.url}`));
  server.on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.on('error', () => undefined).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  ownPort = (server.address() as AddressInfo).port;
});
afterEach(() => cleanup.disposeAsync());

async function open(start: () => Promise<RunningBrowser>, idleMs?: number): Promise<BrowserPort> {
  const port = await openBrowserPort({ port: 0, ownPort, start, ...(idleMs === undefined ? {} : { idleMs }) });
  cleanup.defer(() => port.close());
  return port;
}
const browser = async (): Promise<RunningBrowser> => {
  counts.started += 1;
  await new Promise((resolve) => setTimeout(resolve, 50));
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const end = async () => {
    counts.ended += 1;
    resolve();
  };
  return { ended, end };
};
const get = (port: number) => fetch(`http://127.0.0.1:${port}/json/version`, { headers: { connection: 'close' } });

test('openBrowserPort() starts one browser, when somebody connects, for all who do', async () => {
  const { port } = await open(browser);
  expect(counts.started).toBe(0);
  const answers = await Promise.all(Array.from({ length: 5 }, async () => (await get(port)).text()));
  expect(answers).toEqual(Array(5).fill(`127.0.0.1:${port} /json/version`));
  expect(counts).toEqual({ started: 1, ended: 0 });
});

test('openBrowserPort() passes bytes both ways after an upgrade', async () => {
  const { port } = await open(browser);
  const { connect } = await import('node:net');
  const socket = connect(port, '127.0.0.1');
  cleanup.defer(() => void socket.destroy());
  socket.write('GET /devtools HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await expect.poll(() => text).toContain('101');
  socket.write('\u0000 bytes');
  await expect.poll(() => text).toContain('\u0000 bytes');
});

test('openBrowserPort() answers 503 with why when there is none, and tries again', async () => {
  let fails = true;
  const { port } = await open(() => (fails ? Promise.reject(new Error('Cannot start a browser: no')) : browser()));
  const refused = await get(port);
  expect([refused.status, await refused.text()]).toEqual([503, 'Cannot start a browser: no\n']);
  fails = false;
  expect((await get(port)).status).toBe(200);
});

test('openBrowserPort() ends it when nobody is connected any more, and starts another', async () => {
  const { port } = await open(browser, 100);
  await (await get(port)).text();
  await expect.poll(() => counts).toEqual({ started: 1, ended: 1 });
  await (await get(port)).text();
  expect(counts.started).toBe(2);
});

test('close() ends the browser, also one that is being started', async () => {
  const port = await open(browser);
  void get(port.port).catch(() => undefined);
  await expect.poll(() => counts.started).toBe(1);
  await port.close();
  expect(counts.ended).toBe(1);
});
