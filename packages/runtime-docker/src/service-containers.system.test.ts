import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { LayerId, SandboxId, SandboxService } from '@cspace/domain';
import { describe, expect, test } from 'vitest';
import { containerName, serviceName } from './container-name.ts';
import { LABEL } from './label.ts';
import { type ADocker, aDocker, aSpec, newIds, patient, sh } from './testing/a-docker.ts';
import { TEST_ENGINE } from './testing/test-engine.ts';
import { volumeName } from './volumes.ts';

const run = promisify(execFile);
const { host = '', missing } = TEST_ENGINE;
const BIN = '/usr/lib/postgresql/15/bin';
/** Debian's server in an image of Debian's packages: made at the first start, as images of databases do it. */
const START = `chown postgres /data && cd /data && exec setpriv --reuid=postgres --regid=postgres --clear-groups sh -c '
  [ -e pg/PG_VERSION ] || ${BIN}/initdb -D pg -A trust -U app >/dev/null
  exec ${BIN}/postgres -D pg -k /tmp -h 127.0.0.1'`;

async function database(docker: Awaited<ReturnType<typeof aDocker>>): Promise<SandboxService> {
  const image = await docker.runtime.images?.ready({ reference: 'cspace/postgres:bookworm', as: 'service' }, patient());
  return {
    name: 'db',
    image: image?.id ?? '',
    argv: ['sh', '-c', START],
    env: {},
    health: `${BIN}/pg_isready -h 127.0.0.1 -U app`,
    volumes: [{ name: 'data', target: '/data' }],
  };
}

/** What SQL answers, asked from within the service. */
async function sql(id: Parameters<typeof containerName>[0], query: string): Promise<string> {
  const psql = [`${BIN}/psql`, '-h', '127.0.0.1', '-U', 'app', '-d', 'postgres', '-Atc', query];
  const { stdout } = await run('docker', ['--host', host, 'exec', serviceName(id, 'db'), ...psql]);
  return stdout.trim();
}

/** Leaves what a server leaves that is killed while it copies a frozen volume: an empty one, and what it was to be filled through. */
async function cutOff({ docker, runtime }: ADocker, id: SandboxId, layer: LayerId): Promise<void> {
  const image = await runtime.images?.ready({ reference: 'cspace/postgres:bookworm', as: 'service' }, patient());
  const Labels = (await docker.getVolume(volumeName(layer, 'db', 'data')).inspect()).Labels ?? {};
  const ours = { [LABEL.installation]: Labels[LABEL.installation] ?? '' };
  const name = volumeName(id, 'db', 'data');
  await docker.createVolume({ Name: name, Labels: { ...ours, [LABEL.sandbox]: id } });
  await docker.createContainer({
    name: `${name}-filling`,
    Image: image?.id ?? '',
    Labels: { ...ours, [LABEL.filler]: id },
    HostConfig: { Mounts: [{ Type: 'volume', Source: name, Target: '/to', ReadOnly: false }] },
  });
}

describe('serviceContainers()', () => {
  if (host === '') {
    test('on Docker', (context) => context.skip(missing));
    return;
  }

  test('each sandbox has its own database on the same port, which outlives its runs and goes with it', async () => {
    await using docker = await aDocker(host);
    const { runtime, left } = docker;
    const db = await database(docker);
    const specs = [aSpec({ services: [db] }), aSpec({ services: [db] })];
    for (const { id } of specs) await runtime.create(specs.find((spec) => spec.id === id) ?? aSpec(), patient());
    await Promise.all(
      specs.map(async ({ id }, at) => {
        await runtime.start(id, sh('sleep 1000'), patient());
        await runtime.services?.start(id, 'db', patient());
        await sql(id, `create table t as select ${at} as who`);
      }),
    );
    expect(await Promise.all(specs.map(({ id }) => sql(id, 'select who from t')))).toEqual(['0', '1']);
    const [{ id } = aSpec()] = specs;
    await runtime.services?.start(id, 'db', patient());
    await runtime.stop(id, 10_000, patient());
    expect(await left()).not.toContain(`/${serviceName(id, 'db')}`);
    await runtime.start(id, sh('sleep 1000'), patient());
    await runtime.services?.start(id, 'db', patient());
    expect(await sql(id, 'select who from t')).toBe('0');
    expect(await runtime.services?.log(id, 'db', 100_000, patient())).toContain('ready to accept connections');
    for (const each of specs) await runtime.destroy(each.id, patient());
    expect(await left()).toEqual([]);
  });

  test('a fork has the data that was frozen, and changes only its own', async () => {
    await using docker = await aDocker(host);
    const { runtime, left } = docker;
    const first = aSpec({ services: [await database(docker)] });
    const layer = newIds.layer();
    await runtime.create(first, patient());
    await runtime.start(first.id, sh('sleep 1000'), patient());
    await runtime.services?.start(first.id, 'db', patient());
    await sql(first.id, 'create table t as select 1 as n');
    await runtime.stop(first.id, 10_000, patient());
    await runtime.snapshots?.take(first.id, layer, patient());
    const fork = aSpec({ ...first, id: newIds.sandbox(), layers: [layer] });
    await runtime.create(fork, patient());
    await cutOff(docker, fork.id, layer);
    for (const { id } of [first, fork]) {
      await runtime.start(id, sh('sleep 1000'), patient());
      await runtime.services?.start(id, 'db', patient());
    }
    await sql(fork.id, 'insert into t values (2)');
    expect(await sql(first.id, 'select count(*) from t')).toBe('1');
    expect(await sql(fork.id, 'select count(*) from t')).toBe('2');
    for (const { id } of [first, fork]) await runtime.destroy(id, patient());
    await runtime.snapshots?.remove(layer, patient());
    expect(await left()).toEqual([]);
  });

  test('one that ends or never gets healthy says the last it said', async () => {
    await using docker = await aDocker(host);
    const { runtime } = docker;
    const db = await database(docker);
    const dead = { ...db, argv: ['sh', '-c', 'echo the last words; exit 3'], volumes: [] } as const;
    const spec = aSpec({ services: [dead] });
    await runtime.create(spec, patient());
    await expect(runtime.services?.start(spec.id, 'db', patient())).rejects.toMatchObject({ code: 'conflict' });
    await runtime.start(spec.id, sh('sleep 1000'), patient());
    await expect(runtime.services?.start(spec.id, 'db', patient())).rejects.toMatchObject({
      code: 'failed',
      message: 'Cannot start service db: it exited with code 3: the last words',
    });
    await expect(runtime.services?.start(spec.id, 'cache', patient())).rejects.toMatchObject({ code: 'not-found' });
  });

  test('the end of one that was healthy is told, and started again it has what it had written', async () => {
    await using docker = await aDocker(host);
    const { runtime } = docker;
    const db = await database(docker);
    const argv = [
      'sh',
      '-c',
      'echo life >> /lives; wc -l < /lives; [ $(wc -l < /lives) = 1 ] || exec sleep 1000; sleep 1; exit 3',
    ] as const;
    const { health: _, ...withoutHealth } = db;
    const spec = aSpec({ services: [{ ...withoutHealth, argv, volumes: [] }] });
    await runtime.create(spec, patient());
    await runtime.start(spec.id, sh('sleep 1000'), patient());
    const { services } = runtime;
    await services?.start(spec.id, 'db', patient());
    expect(await services?.ended(spec.id, 'db', patient())).toEqual({ how: 'it exited with code 3', said: '1' });
    expect(await services?.ended(spec.id, 'db', patient())).toMatchObject({ how: 'it exited with code 3' });
    await services?.start(spec.id, 'db', patient());
    const ended = services?.ended(spec.id, 'db', patient());
    await run('docker', ['--host', host, 'kill', serviceName(spec.id, 'db')]);
    expect(await ended).toEqual({ how: 'it was ended by SIGKILL', said: '1; 2' });
    expect(await services?.log(spec.id, 'db', 100_000, patient())).toBe('1\n2\n');
    await expect(services?.ended(spec.id, 'cache', patient())).rejects.toMatchObject({ code: 'not-found' });
    await runtime.destroy(spec.id, patient());
    expect(await services?.ended(spec.id, 'db', patient()).catch(({ code }) => code)).toBe('not-found');
  });

  test('a service sees no network but its sandbox, and nothing of the host', async () => {
    await using docker = await aDocker(host);
    const { runtime } = docker;
    const db = await database(docker);
    const look = 'cat /proc/net/dev; ls /run /opt; cat /proc/self/status; exec sleep 1000';
    const spec = aSpec({ services: [{ ...db, argv: ['sh', '-c', look], volumes: [], health: 'true' }] });
    await runtime.create(spec, patient());
    await runtime.start(spec.id, sh('sleep 1000'), patient());
    await runtime.services?.start(spec.id, 'db', patient());
    const said = (await runtime.services?.log(spec.id, 'db', 100_000, patient())) ?? '';
    expect(said).toMatch(/lo:/);
    expect(said).not.toMatch(/eth0|docker\.sock|cspace/);
    expect(said).toMatch(/NoNewPrivs:\s+1/);
    const info = await docker.docker.getContainer(serviceName(spec.id, 'db')).inspect();
    const sandbox = await docker.docker.getContainer(containerName(spec.id)).inspect();
    expect(info.HostConfig).toMatchObject({ Privileged: false, NetworkMode: `container:${sandbox.Id}` });
  });
});
