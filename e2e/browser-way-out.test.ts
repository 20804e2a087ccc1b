import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DOCKER, leftInEngine } from './harness/docker.ts';
import { product } from './harness/product.ts';
import { repository } from './harness/repository.ts';

let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(async () => {
  await cleanup.disposeAsync();
});

/** A browser asks for loopback itself, whatever its proxy; by this name it asks for this machine through the door. */
const MACHINE = 'host.cspace.internal';

const RUNTIMES = [
  { runtime: 'bubblewrap', missing: undefined, env: {} },
  {
    runtime: 'docker',
    missing: DOCKER.host === '' ? DOCKER.missing : undefined,
    env: { CSPACE_SANDBOX_RUNTIME: 'docker', DOCKER_HOST: DOCKER.host },
  },
] as const;

/** Opens each URL in the session's browser and prints what became of it: the text of the page, or the browser's error. */
const LOOK = `
const [browser, ...urls] = process.argv.slice(2);
const tab = await (await fetch(browser + '/json/new?about:blank', { method: 'PUT' })).json();
const socket = new WebSocket(tab.webSocketDebuggerUrl);
await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
let last = 0;
const waiting = new Map();
let loaded = () => {};
socket.onmessage = ({ data }) => {
  const { id, method, result } = JSON.parse(data);
  if (method === 'Page.loadEventFired') loaded();
  waiting.get(id)?.(result);
};
const ask = (method, params = {}) => new Promise((resolve) => {
  waiting.set(++last, resolve);
  socket.send(JSON.stringify({ id: last, method, params }));
});
await ask('Page.enable');
for (const url of urls) {
  const load = new Promise((resolve) => { loaded = resolve; });
  const { errorText } = await ask('Page.navigate', { url });
  if (errorText === undefined) await load;
  const { result } = await ask('Runtime.evaluate', { expression: 'document.body.innerText' });
  console.log('LOOKED ' + JSON.stringify([url, errorText ?? result.value]));
}
process.exit();
`;
/** An engine without IPv6 gives its containers no address of it. */
const NOBODY_THERE = /^net::ERR_(CONNECTION_REFUSED|ADDRESS_INVALID|ADDRESS_UNREACHABLE)$/;
/** A server of a session's own, on its own loopback. */
const SERVE = `(setsid node -e 'require("http").createServer((q,s)=>s.end("of venus")).listen(4321, "127.0.0.1")' >/dev/null 2>&1 &)
until (: </dev/tcp/127.0.0.1/4321) 2>/dev/null; do sleep 0.1; done`;

async function listening(said: string): Promise<{ readonly port: number; readonly heard: string[] }> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(request.url ?? '');
    response.end(said);
  });
  await new Promise<void>((done) => server.listen(0, '::', done));
  cleanup.defer(() => void server.close());
  return { port: (server.address() as AddressInfo).port, heard };
}

describe.each(RUNTIMES)('the browser of a session on $runtime', ({ missing, env }) => {
  if (missing !== undefined) {
    test('its way out', (context) => context.skip(missing));
    return;
  }

  test('reaches what egress allows and nothing else: no other host, not this machine, no other session', async () => {
    const cspace = cleanup.use(await product(env));
    const cwd = repository(cspace.home);
    const [allowed, other] = [await listening('allowed'), await listening('never')];
    mkdirSync(join(cspace.home, 'cspace/config'), { recursive: true });
    const config = { egress: { allow: [`${MACHINE}:${allowed.port}`] } };
    writeFileSync(join(cspace.home, 'cspace/config/config.json'), JSON.stringify(config));
    const venus = await cspace.run(['up', 'venus', '--agent', 'shell', '--prompt', SERVE], { cwd });
    expect(venus).toMatchObject({ exitCode: 0 });
    const ports = await cspace.json<{ port: number; url: string }[]>(['ports', 'venus', '--json'], { cwd });
    const preview = ports.find(({ port }) => port === 4321)?.url ?? '';
    expect(preview).toMatch(/^http:/);

    const refusedByDoor = [
      ['https://denied.example/', /^net::ERR_TUNNEL_CONNECTION_FAILED$/],
      ['http://denied.example/', /^Cannot reach denied\.example:80: no rule allows /],
      [`http://${MACHINE}:${other.port}/`, new RegExp(`Cannot reach ${MACHINE}:${other.port}`)],
      [`http://${MACHINE}:${new URL(preview).port}/`, /Cannot reach /],
      ['http://169.254.169.254/', /Cannot reach |net::ERR/],
    ] as const;
    const refusedByItself = [
      ...['127.0.0.1', 'localhost', '[::1]'].map((host) => `http://${host}:${other.port}/`),
      'http://127.0.0.1:4321/',
      preview,
    ];
    const urls = [`http://${MACHINE}:${allowed.port}/`, ...refusedByDoor.map(([url]) => url), ...refusedByItself];
    const script = `cat > ~/look.mjs <<'EOF'\n${LOOK}\nEOF\n/opt/cspace/bin/node ~/look.mjs "$CSPACE_BROWSER_URL" ${urls.map((url) => `'${url}'`).join(' ')}`;
    const up = await cspace.run(['up', 'mars', '--agent', 'shell', '--prompt-file', '-'], { cwd, input: script });
    expect(up, up.stdout + up.stderr).toMatchObject({ exitCode: 0 });
    const looked = new Map(
      [...up.stdout.matchAll(/LOOKED (.*)/g)].map(([, pair = '']) => JSON.parse(pair) as [string, string]),
    );
    expect([...looked.keys()]).toEqual(urls);
    expect(looked.get(`http://${MACHINE}:${allowed.port}/`)).toBe('allowed');
    for (const [url, why] of refusedByDoor) expect(looked.get(url), url).toMatch(why);
    for (const url of refusedByItself) expect(looked.get(url), url).toMatch(NOBODY_THERE);
    expect(allowed.heard).toContain('/');
    expect(other.heard).toEqual([]);

    const { stdout: log } = await cspace.run(['logs', 'mars'], { cwd });
    expect(log).toContain('Denied denied.example:443');
    expect(log).toContain(`Denied ${MACHINE}:${other.port}`);
    expect(await cspace.run(['down', '--all', '--force', '--yes'], { cwd })).toMatchObject({ exitCode: 0 });
    expect(leftInEngine(cspace.home)).toEqual([]);
  });
});
