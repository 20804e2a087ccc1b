import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { type IncomingMessage, request as send } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Product, product } from './harness/product.ts';
import { webProject } from './harness/web-project.ts';

let cspace: Product;
let cwd: string;
const NAMES = Array.from({ length: 10 }, (_, at) => `web-${at}`);

beforeAll(async () => {
  cspace = await product();
  cwd = webProject(cspace.home);
  const warm = await cspace.run(['warm', ...NAMES, '--agent', 'shell'], { cwd });
  expect(warm).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  await cspace[Symbol.asyncDispose]();
});

type Port = {
  readonly port: number;
  readonly label: string | null;
  readonly process: string | null;
  readonly url: string;
};
const portsOf = (name: string) => cspace.json<Port[]>(['ports', name, '--json'], { cwd });
const urlOf = async (name: string, port = 3000) =>
  (await portsOf(name)).find((each) => each.port === port)?.url ?? expect.unreachable();

type Answer = { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: string };

/** A request as a browser makes it: names below localhost are this machine. */
function ask(
  url: string,
  path: string,
  options: { readonly method?: string; readonly body?: Buffer; readonly host?: string; readonly at?: string } = {},
): Promise<Answer> {
  const { host, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = send({
      host: options.at ?? '127.0.0.1',
      port,
      path,
      method: options.method ?? 'GET',
      headers: { host: options.host ?? host },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('latin1').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      response.on('error', reject);
    });
    request.end(options.body);
  });
}

test('ten sessions listen on one port at once, and each URL shows its own', async () => {
  const seen = await Promise.all(
    NAMES.map(async (name) => {
      const url = await urlOf(name);
      const inside = await cspace.run(['ssh', name, '--', 'uname', '-n'], { cwd });
      const { body } = await ask(url, '/who');
      expect(body).toBe(`${inside.stdout.trim()} 3000 ${new URL(url).host}`);
      return url;
    }),
  );
  expect(new Set(seen).size).toBe(10);
});

test('cspace ports has labels, processes and what does not listen; nothing is published on the host', async () => {
  const table = await cspace.run(['ports', 'web-0'], { cwd });
  expect(table.stdout).toMatch(/3000 +web +node\S* +http:\/\/3000-/);
  expect(table.stdout).toMatch(/3001 +– +node\S* +http:\/\/3001-/);
  expect(table.stdout).toMatch(/4000 +docs +not listening +http:\/\/4000-/);
  expect(await ask(await urlOf('web-0', 4000), '/')).toMatchObject({ status: 502 });
  const listening = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/net/${name}`, 'utf8')
      .split('\n')
      .filter((line) => / 0A /.test(line))
      .map((line) => Number.parseInt(/:([0-9A-F]{4}) /.exec(line)?.[1] ?? '', 16)),
  );
  expect(listening).not.toContain(3000);
  expect(listening).not.toContain(3001);
});

test('a preview carries bodies, heads, streams and WebSockets', async () => {
  const url = await urlOf('web-1');
  const upload = randomBytes(20_000_000);
  const { body: hash } = await ask(url, '/upload', { method: 'POST', body: upload });
  expect(hash).toBe(createHash('sha256').update(upload).digest('hex'));
  expect((await ask(url, '/big')).body).toHaveLength(20_000_000);
  const head = await ask(url, '/head', { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': '12345', 'x-own': 'yes' } });
  expect(await ask(url, '/drop')).toMatchObject({ status: 502 });

  const { host, port } = new URL(url);
  await new Promise<void>((resolve, reject) => {
    const request = send({ host: '127.0.0.1', port, path: '/events', headers: { host } });
    request.on('error', reject);
    request.on('response', async (response) => {
      const events = response[Symbol.asyncIterator]();
      expect(String((await events.next()).value)).toBe('data: first\n\n');
      await ask(url, '/next');
      expect(String((await events.next()).value)).toBe('data: second\n\n');
      request.destroy();
      resolve();
    });
    request.end();
  });
  await expect
    .poll(async () => (await cspace.run(['logs', 'web-1', '--service', 'web'], { cwd })).stdout)
    .toContain('closed');

  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, { headers: { host } });
  const said = await new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => socket.send('hello'));
    socket.on('message', (data) => resolve(String(data)));
  });
  socket.terminate();
  expect(said).toBe('hello');
});

test('a preview keeps redirects and cookies with itself, and its token from other sites', async () => {
  const url = await urlOf('web-2');
  expect((await ask(url, '/here')).headers.location).toBe('/who?a=1#b');
  expect((await ask(url, '/elsewhere')).headers.location).toBe('https://example.invalid/x');
  const { headers } = await ask(url, '/cookie');
  expect(headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2; HttpOnly']);
  expect(headers['referrer-policy']).toBe('same-origin');
  expect((await ask(url, '/policy')).headers['referrer-policy']).toBe('no-referrer');
});

test('a preview is refused without its own token, on every way in', async () => {
  const [url, other] = [await urlOf('web-3'), await urlOf('web-3', 3001)];
  const { host, hostname, port } = new URL(url);
  const [, id = '', token = ''] = hostname.replace('.localhost', '').split('-');
  const otherToken = new URL(other).hostname.replace('.localhost', '').split('-')[2] ?? '';
  const foreign = (await urlOf('web-4')).split('-')[1] ?? '';
  const refused = [
    `localhost:${port}`,
    `127.0.0.1:${port}`,
    'example.com',
    `${hostname}.example.com:${port}`,
    hostname,
    `${hostname}:1`,
    `${hostname}:0${port}`,
    `03000-${id}-${token}.localhost:${port}`,
    `3000-${id}-${otherToken}.localhost:${port}`,
    `3001-${id}-${token}.localhost:${port}`,
    `68536-${id}-${token}.localhost:${port}`,
    `3000-${foreign}-${token}.localhost:${port}`,
    `3000-${id}-${token.slice(0, 23)}.localhost:${port}`,
    `3000-${id}-${'0'.repeat(24)}.localhost:${port}`,
    `x.${host}`,
  ];
  for (const each of refused) {
    expect([each, (await ask(url, '/who', { host: each })).status]).toEqual([each, 401]);
    const opened = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { host: each } });
    expect(await new Promise((resolve) => opened.on('error', (error) => resolve(error.message)))).toContain('401');
  }
  expect(await raw(Number(port), `GET /who HTTP/1.1\r\nHost: ${host}\r\nHost: x\r\n\r\n`)).toMatch(
    /^HTTP\/1.1 40[01] /,
  );
  expect(await raw(Number(port), `GET /who HTTP/1.1\r\nHost : ${host}\r\n\r\n`)).toMatch(/^HTTP\/1.1 400 /);
  expect(await raw(Number(port), `GET /who HTTP/1.1\r\n\r\nHost: ${host}\r\n\r\n`)).toMatch(/^HTTP\/1.1 40[01] /);
  // The API is not there, and a preview's name is nobody on the API.
  expect(await ask(url, '/v1/health')).toMatchObject({ status: 404 });
  expect(await ask(url, '/who', { host: host.toUpperCase() })).toMatchObject({ status: 200 });
});

test('URLs outlive the server, and end with the session', async () => {
  const url = await urlOf('web-5');
  await cspace.run(['serve', '--stop']);
  expect(await urlOf('web-5')).toBe(url);
  await expect.poll(async () => (await ask(url, '/who')).status, { timeout: 10_000 }).toBe(200);
  const v6 =
    readdirSync('/proc/sys/net').includes('ipv6') && readFileSync('/proc/net/if_inet6', 'utf8').includes(' lo');
  if (v6) expect(await ask(url, '/who', { at: '::1' })).toMatchObject({ status: 200 });
  await cspace.run(['down', 'web-5', '--force'], { cwd });
  expect(await ask(url, '/who')).toMatchObject({ status: 502 });
});

/** What a server answers to bytes that no client would send. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('error', () => resolve(answer));
    socket.on('close', () => resolve(answer));
    socket.setTimeout(2_000, () => socket.destroy());
  });
}
