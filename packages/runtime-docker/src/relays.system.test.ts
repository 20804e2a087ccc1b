import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { aSpec, until } from '@cspace/runtime-contract/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dockerRuntime } from './runtime.ts';
import { patient, sh } from './testing/a-docker.ts';
import { type TcpEngine, tcpEngine } from './testing/tcp-engine.ts';
import { TEST_ENGINE } from './testing/test-engine.ts';

const { host = '', missing } = TEST_ENGINE;

const RELAY = fileURLToPath(new URL('../../supervisor/src/relay/main.ts', import.meta.url));
/** Opens the door ten times a second. */
const KNOCK = `import { connect } from 'node:net';
setInterval(() => connect('/run/door/door.sock').on('error', () => {}).resume(), 100);`;

/** A certificate authority, and what a server and a client of it have. */
function certificates(directory: string): (name: string) => string {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const subject = (name: string) => ['-subj', `/CN=${name}`];
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', ...subject('ca'));
  writeFileSync(join(directory, 'names'), 'subjectAltName=IP:127.0.0.1\n');
  for (const name of ['server', 'client']) {
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, ...subject(name));
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`);
  }
  return (name) => readFileSync(join(directory, name), 'utf8');
}

describe('an engine at a TCP address', () => {
  if (host === '') {
    test('on Docker', (context) => context.skip(missing));
    return;
  }

  let directory: string;
  let cleanup: AsyncDisposableStack;
  beforeEach(() => {
    cleanup = new AsyncDisposableStack();
    directory = mkdtempSync(join(tmpdir(), 'cspace-tcp-'));
    cleanup.defer(() => rmSync(directory, { recursive: true, force: true }));
  });
  afterEach(() => cleanup.disposeAsync());
  const engine = async (...args: Parameters<typeof tcpEngine>): Promise<TcpEngine> =>
    cleanup.use(await tcpEngine(...args));

  test('that asks for certificates gets them, and one that we do not know is not believed', async () => {
    const read = certificates(directory);
    const server = { key: read('server.key'), cert: read('server.pem'), ca: read('ca.pem') };
    const { host: there } = await engine(host, { ...server, requestCert: true, rejectUnauthorized: true });
    const tls = { ca: read('ca.pem'), cert: read('client.pem'), key: read('client.key') };
    const report = async (with_?: typeof tls) => {
      const runtime = cleanup.use(dockerRuntime({ directory, host: there, tls: with_, shown: [directory] }));
      return runtime.probe(patient());
    };
    expect(await report(tls)).toMatchObject({ usable: true });
    expect(await report({ ...tls, ca: tls.cert })).toMatchObject({ usable: false });
    expect(await report()).toMatchObject({ usable: false });
  });

  test.each(['cut', 'silence'] as const)(
    'a line of which there is only %s is opened again at a next look',
    async (what) => {
      const there = await engine(host);
      const source = join(directory, 'tools');
      mkdirSync(source);
      copyFileSync(process.execPath, join(source, 'node'));
      copyFileSync(RELAY, join(source, 'relay.mts'));
      writeFileSync(join(source, 'knock.mjs'), KNOCK);
      let knocks = 0;
      const server = createServer((socket) => {
        knocks += 1;
        socket.on('error', () => undefined).end();
      });
      await new Promise<void>((resolve) => server.listen(join(directory, 'door.sock'), resolve));
      cleanup.defer(() => void server.close());
      const runtime = cleanup.use(dockerRuntime({ directory, host: there.host, shown: [directory] }));
      const relay = ['/opt/tools/node', '/opt/tools/relay.mts'] as const;
      const spec = aSpec({
        mounts: [{ source, target: '/opt/tools', mode: 'read-only' }],
        door: { source: directory, target: '/run/door', socket: 'door.sock', relay },
      });
      cleanup.defer(() => runtime.images?.tidy([], patient()));
      cleanup.defer(() => runtime.destroy(spec.id, patient()));
      await runtime.create(spec, patient());
      await runtime.start(spec.id, sh('exec /opt/tools/node /opt/tools/knock.mjs'), patient());
      await until(
        () => knocks,
        () => knocks > 2,
      );
      there[what]();
      await until(
        async () => {
          const before = knocks;
          await sleep(300);
          return knocks - before;
        },
        (more) => more === 0,
      );
      const before = knocks;
      await until(
        () => runtime.list(patient()),
        () => knocks > before + 2,
        // Two pings.
        45_000,
      );
    },
  );

  test('a door that cannot be carried is a start that failed, with what was said; nothing runs on', async () => {
    const { host: there } = await engine(host);
    const runtime = cleanup.use(dockerRuntime({ directory, host: there, shown: [directory] }));
    const relay = ['/bin/sh', '-c', 'echo no such thing >&2; exit 1'] as const;
    const spec = aSpec({ door: { source: directory, target: '/run/door', socket: 'door.sock', relay } });
    cleanup.defer(() => runtime.destroy(spec.id, patient()));
    await runtime.create(spec, patient());
    await expect(runtime.start(spec.id, sh('exec sleep 100'), patient())).rejects.toMatchObject({
      code: 'failed',
      message: `Cannot open the door of ${spec.id}: no such thing`,
    });
    expect(await runtime.list(patient())).toContainEqual(expect.objectContaining({ id: spec.id, state: 'ended' }));
  });

  test('a directory that is to be written there is refused', async () => {
    const { host: there } = await engine(host);
    const runtime = cleanup.use(dockerRuntime({ directory, host: there, shown: [directory] }));
    const spec = aSpec({ mounts: [{ source: directory, target: '/opt/x', mode: 'read-write' }] });
    await expect(runtime.create(spec, patient())).rejects.toMatchObject({ code: 'lacking' });
    expect(await runtime.list(patient())).toEqual([]);
  });
});
