import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Product, product } from './harness/product.ts';
import { repository } from './harness/repository.ts';

let cleanup: AsyncDisposableStack;
let cspace: Product;
let cwd: string;
let port: number;
let heard: string[];
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  cspace = cleanup.use(await product());
  cwd = repository(cspace.home);
  heard = [];
  const server = createServer((request, response) => {
    heard.push(request.headers.host ?? '');
    response.end('reached\n');
  });
  await new Promise<void>((done) => server.listen(0, '::', done));
  cleanup.defer(() => void server.close());
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  await cleanup.disposeAsync();
});

const inside = async (script: string) => {
  const up = await cspace.run(['up', 'mars', '--agent', 'shell', '--prompt-file', '-'], { cwd, input: script });
  return up.stdout;
};
const allow = (...hosts: readonly string[]) => {
  const directory = join(cspace.home, 'cspace/config');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'config.json'), JSON.stringify({ egress: { allow: hosts } }));
};
const PROXY = "curl -s -m 5 -o /dev/null -w '%{http_code} %{http_connect}\\n' -x http://127.0.0.1:3128 --noproxy ''";

test('no packet leaves by another way: TCP, UDP, names, ICMP, IPv6, raw and packet sockets, new namespaces', async () => {
  const script = `
const net = require('node:net'), dgram = require('node:dgram'), dns = require('node:dns');
const tell = (what, ok) => console.log(what + (ok ? ' LEFT' : ' held'));
const tcp = (host, port) => new Promise((done) => {
  const socket = net.connect({ host, port, timeout: 1500 });
  socket.on('connect', () => done(true)); socket.on('error', () => done(false)); socket.on('timeout', () => done(false));
});
const udp = (type, host) => new Promise((done) => {
  const socket = dgram.createSocket(type);
  socket.on('error', () => done(false));
  socket.send('x', 53, host, (error) => done(error === null));
});
(async () => {
  for (const host of ['127.0.0.1', '::1', '8.8.8.8', '2001:4860:4860::8888', '169.254.169.254', '10.0.0.1'])
    tell('tcp ' + host, await tcp(host, ${'PORT'}));
  tell('udp4', await udp('udp4', '8.8.8.8'));
  tell('udp6', await udp('udp6', '2001:4860:4860::8888'));
  tell('dns', await dns.promises.resolve4('example.com').then(() => true, () => false));
  tell('lookup', await dns.promises.lookup('example.com').then(() => true, () => false));
  process.exit();
})();`.replace('PORT', String(port));
  const perl = (domain: string, type: string, protocol: number) =>
    `perl -MSocket -e 'exit(socket(my $s, ${domain}, ${type}, ${protocol}) ? 0 : 1)' && echo "${domain} ${type} OPENED"`;
  const out = await inside(
    [
      `cat > way.js <<'EOF'\n${script}\nEOF`,
      'node way.js',
      perl('AF_INET', 'SOCK_RAW', 1),
      perl('AF_INET6', 'SOCK_RAW', 58),
      perl('17', 'SOCK_RAW', 768),
      'unshare -Urn true && echo NAMESPACE',
      'grep -v lo: /proc/net/dev | tail -n +3',
      'cat /proc/net/route | tail -n +2',
      'echo END',
    ].join('\n'),
  );
  expect(out).toContain('END');
  expect(out.match(/held/g)).toHaveLength(10);
  expect(out).not.toMatch(/LEFT|OPENED|eth0|00000000/);
  expect(heard).toEqual([]);
});

test('an empty allow-list denies every host, and says so', async () => {
  const out = await inside(
    [
      `${PROXY} http://127.0.0.1:${port}/`,
      `${PROXY} http://example.com/`,
      `${PROXY} https://example.com/`,
      `curl -s -m 5 -x http://127.0.0.1:3128 --noproxy '' http://127.0.0.1:${port}/`,
    ].join('\n'),
  );
  expect(out).toContain('403 000');
  expect(out).toContain('000 403');
  expect(out).toMatch(/Cannot reach|not allowed|denied/);
  expect(heard).toEqual([]);
  const logs = await cspace.run(['logs', 'mars', '--json'], { cwd });
  expect(logs.stdout).toContain('"egress');
});

test('no spelling of a host gets past an allow-list', async () => {
  allow('example.com', '*.example.org', `allowed.invalid:${port}`);
  const hosts = [
    ...['127.0.0.1', '127.1', '0177.0.0.1', '0x7f000001', '2130706433', '0', '0.0.0.0', 'localhost', 'localhost.'],
    ...['[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::]', '169.254.169.254', '[fe80::1%25lo]'],
    ...['evilexample.com', 'example.com.evil.invalid', 'example.org', 'example.com@127.0.0.1', 'allowed.invalid'],
    ...['ALLOWED.INVALID', 'allowed.invalid.', '127.0.0.1%00.example.com', 'example。com', '127。0。0。1'],
  ];
  const out = await inside(
    hosts.flatMap((host) => [`${PROXY} 'http://${host}:${port}/'`, `${PROXY} 'https://${host}:${port}/'`]).join('\n'),
  );
  expect(out).not.toMatch(/^200/m);
  expect(heard).toEqual([]);
});

test('a host that the user allows is reached, and one that only the repository allows is not', async () => {
  writeFileSync(join(cwd, '.cspace.json'), JSON.stringify({ egress: { allow: [`127.0.0.1:${port}`] } }));
  expect(await inside(`${PROXY} http://127.0.0.1:${port}/`)).not.toMatch(/^200/m);
  expect(heard).toEqual([]);
  allow(`127.0.0.1:${port}`);
  await cspace.run(['down', 'mars', '--force'], { cwd });
  expect(await inside(`${PROXY} http://127.0.0.1:${port}/`)).toMatch(/^200/m);
  expect(heard).toEqual([`127.0.0.1:${port}`]);
});
