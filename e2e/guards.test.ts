import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Product, product } from './harness/product.ts';
import { repository } from './harness/repository.ts';

const TOKEN = 'e2e-token-0123456789abcdef';
let cspace: Product;
let cwd: string;
beforeAll(async () => {
  cspace = await product();
  cwd = repository(cspace.home);
});
afterAll(async () => {
  await cspace[Symbol.asyncDispose]();
});

type Asked = { readonly method?: string; readonly path: string; readonly headers?: Record<string, string> };

/** The status of a request to the TCP address, upgrades included. */
function statusOf(port: number, { method = 'GET', path, headers = {} }: Asked): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end();
  });
}

test('a TCP address answers nobody without the token, and no page or host of others', async () => {
  // Below those that the system gives to whoever asks for any.
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const env = { ...cspace.env, CSPACE_HOME: `${cspace.home}/remote`, CSPACE_TOKEN: TOKEN };
  const server = spawn(cspace.program, ['serve', '--listen', `127.0.0.1:${port}`], { env, stdio: 'ignore' });
  try {
    const bearer = { authorization: `Bearer ${TOKEN}` };
    const webSocket = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
    const key = { 'sec-websocket-key': Buffer.alloc(16).toString('base64') };
    await expect.poll(() => statusOf(port, { path: '/v1/health' }).catch(() => 0), { timeout: 20_000 }).toBe(401);
    expect(await statusOf(port, { path: '/v1/health', headers: bearer })).toBe(200);
    for (const path of ['/', '/v1/sessions', '/v1/openapi.json', '/v1/health?token=x', '/../v1/health', '/nothing']) {
      expect(await statusOf(port, { path })).toBe(401);
      expect(await statusOf(port, { path, headers: { authorization: `Bearer ${TOKEN}x` } })).toBe(401);
      expect(await statusOf(port, { path, headers: { authorization: 'Bearer' } })).toBe(401);
      expect(await statusOf(port, { path, headers: { authorization: `Basic ${btoa(`x:${TOKEN}`)}` } })).toBe(401);
      expect(await statusOf(port, { path, headers: { ...bearer, origin: 'https://evil.example' } })).toBe(403);
      expect(await statusOf(port, { path, headers: { ...bearer, origin: 'null' } })).toBe(403);
      expect(await statusOf(port, { path, headers: { ...bearer, host: `evil.example:${port}` } })).toBe(403);
      expect(await statusOf(port, { path, headers: { ...bearer, host: '127.0.0.1' } })).toBe(403);
    }
    expect(await statusOf(port, { method: 'POST', path: '/v1/stop' })).toBe(401);
    expect(await statusOf(port, { method: 'OPTIONS', path: '/v1/sessions' })).toBe(401);
    const tunnel = '/v1/tunnel?sessionId=ses_aaaaaaaaaaaaaaaaaaaa&target=%7B%7D';
    expect(await statusOf(port, { path: tunnel, headers: { ...webSocket, ...key } })).toBe(401);
    const foreign = { ...webSocket, ...key, ...bearer, origin: 'https://evil.example' };
    expect(await statusOf(port, { path: tunnel, headers: foreign })).toBe(403);
    const remote = { CSPACE_SERVER: `http://127.0.0.1:${port}` };
    expect(await cspace.run(['list', '--all'], { env: { ...remote, CSPACE_TOKEN: TOKEN } })).toMatchObject({
      exitCode: 0,
    });
    expect(await cspace.run(['list', '--all'], { env: { ...remote, CSPACE_TOKEN: 'wrong' } })).toMatchObject({
      exitCode: 5,
    });
  } finally {
    server.kill('SIGTERM');
  }
});

test('a session sees itself through its door, and may not create, remove, interrupt or enter its siblings', async () => {
  const made = async (name: string) =>
    (await cspace.json<{ id: string }>(['up', name, '--agent', 'shell', '--json'], { cwd })).id;
  const [own, sibling] = [await made('mars'), await made('venus')];
  const api = 'http://localhost/v1';
  const call = (what: string, method: string, path: string, body?: object) => {
    const data = body === undefined ? '' : `-H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
    return `echo "${what} $(curl -s -m 9 -o body.txt -w '%{http_code}' --unix-socket /run/cspace/gateway.sock -X ${method} ${data} '${api}${path}')"`;
  };
  const prompt = { id: 'prm_aaaaaaaaaaaaaaaaaaaa', text: 'touch mischief' };
  const user = '-H "authorization: Bearer x" -H "x-forwarded-for: user"';
  const script = [
    call('own', 'GET', `/sessions/${own}`),
    call('create', 'POST', '/sessions', { projectId: 'prj_aaaaaaaaaaaaaaaaaaaa', name: 'x' }),
    call('interrupt', 'POST', `/sessions/${sibling}/interrupt`, {}),
    call('restart', 'POST', `/sessions/${sibling}/restart`, {}),
    call('stop', 'POST', `/sessions/${sibling}/stop`, {}),
    call('remove', 'DELETE', `/sessions/${sibling}?force=true`),
    call('remove-own', 'DELETE', `/sessions/${own}?force=true`),
    call('prompt', 'POST', `/sessions/${sibling}/prompts`, prompt),
    call('end', 'POST', '/stop', {}),
    call('doctor', 'GET', '/doctor'),
    call('login', 'POST', '/agents/claude/login', { credential: { kind: 'api-key', value: 'x'.repeat(20) } }),
    call('install', 'POST', '/agents/codex/install', {}),
    call('permission', 'POST', `/sessions/${own}/permissions/prt_aaaaaaaaaaaaaaaaaaaa`, { option: 'allow' }),
    `curl -s -m 9 ${user} --unix-socket /run/cspace/gateway.sock -X POST ${api}/stop -d '{}' -o /dev/null`,
    `curl -s -m 9 -o /dev/null -w 'tunnel %{http_code}\\n' --unix-socket /run/cspace/gateway.sock -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==' '${api}/tunnel?sessionId=${sibling}&target=%7B%22kind%22%3A%22command%22%2C%22argv%22%3A%5B%22touch%22%2C%22mischief%22%5D%7D'`,
  ].join('\n');
  const up = await cspace.run(['up', 'mars', '--prompt-file', '-'], { cwd, input: script });
  const got = Object.fromEntries(
    [...up.stdout.matchAll(/^([a-z-]+) (\d{3})$/gm)].map(([, what, code]) => [what, code]),
  );
  const denied = ['create', 'interrupt', 'restart', 'stop', 'remove', 'remove-own', 'prompt', 'end', 'doctor', 'login'];
  expect(got.own).toBe('200');
  expect(Object.fromEntries(denied.map((what) => [what, got[what]]))).toEqual(
    Object.fromEntries(denied.map((what) => [what, '403'])),
  );
  const left = await cspace.json<{ id: string; state: { kind: string } }[]>(['list', '--json'], { cwd });
  expect(left.map(({ id, state }) => `${id} ${state.kind}`).toSorted()).toEqual(
    [`${own} ready`, `${sibling} ready`].toSorted(),
  );
  const mischief = await cspace.run(['ssh', 'venus', '--', 'ls'], { cwd });
  expect(mischief.stdout).not.toContain('mischief');
});

test("a sandbox cannot read the host's files, the server's, or another sandbox's, nor see its processes", async () => {
  await cspace.run(
    [
      'up',
      'earth',
      '--agent',
      'shell',
      '--prompt',
      'echo of-earth > secret.txt; setsid sleep 987 > /dev/null 2>&1 < /dev/null &',
    ],
    {
      cwd,
    },
  );
  const places = [
    '/root',
    '/etc/shadow',
    '/etc/ssh',
    '/etc/sudoers',
    cwd,
    cspace.home,
    '/var/lib',
    '/run/docker.sock',
    '/work',
  ];
  const script = [
    ...places.map(
      (place) =>
        `ls ${place}/ >/dev/null 2>&1 && [ -n "$(ls -A ${place})" ] && echo "READ ${place}"; cat ${place} 2>/dev/null && echo "READ ${place}"`,
    ),
    'cat /proc/*/cmdline | tr "\\0" " " | grep -c "[s]leep 987" && echo "SAW earth"',
    'cat /proc/1/root/etc/shadow 2>/dev/null && echo "READ root"',
    'grep -rl of-earth / --include=secret.txt 2>/dev/null && echo "READ earth"',
    'kill -9 -1 2>/dev/null; echo END',
  ].join('\n');
  const up = await cspace.run(['up', 'jupiter', '--agent', 'shell', '--prompt-file', '-'], { cwd, input: script });
  expect(up.stdout).not.toMatch(/^(READ|SAW) /m);
  const earth = await cspace.run(['ssh', 'earth', '--', 'cat', 'secret.txt'], { cwd });
  expect(earth.stdout).toBe('of-earth\n');
});
