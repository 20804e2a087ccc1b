import type { SandboxSpec } from '@cspace/domain';
import { until } from '@cspace/runtime-contract/testing';
import { describe, expect, test } from 'vitest';
import { contextOf, dockerRuntime } from './runtime.ts';
import { type ADocker, aDocker, aSpec, patient, sh } from './testing/a-docker.ts';
import { TEST_ENGINE } from './testing/test-engine.ts';
import { endIfOver } from './watch-disk.ts';
import { volumeSizes } from './written-bytes.ts';

const { host = '', missing } = TEST_ENGINE;

/** One look of the watch over disks. */
function look({ directory }: ADocker, spec: SandboxSpec): Promise<boolean> {
  const context = contextOf({ directory, host, shown: [] });
  return endIfOver(context, spec, () => volumeSizes(context, patient()));
}

describe('dockerRuntime()', () => {
  if (host === '') {
    test('on Docker', (context) => context.skip(missing));
    return;
  }

  test('a full memory ends the run with that reason, and no other', async () => {
    await using docker = await aDocker(host);
    const { runtime } = docker;
    const spec = aSpec({ limits: { memoryBytes: 64 * 1024 ** 2 } });
    await runtime.create(spec, patient());
    await runtime.start(spec.id, sh('exec python3 -c "x = bytearray(300 * 1024 ** 2)"'), patient());
    const seen = await until(
      async () => (await runtime.list(patient())).find(({ id }) => id === spec.id),
      (one) => one?.state === 'ended',
    );
    expect(seen).toMatchObject({ end: { kind: 'limit', limit: 'memory' } });
  });

  test('a full disk ends the run with that reason', async () => {
    await using docker = await aDocker(host);
    const { runtime } = docker;
    const spec = aSpec({ limits: { diskBytes: 1024 ** 2 } });
    await runtime.create(spec, patient());
    await runtime.start(spec.id, sh('head -c 5M /dev/zero >/tmp/big; sleep 1000'), patient());
    await until(() => look(docker, spec), Boolean);
    const seen = (await runtime.list(patient())).find(({ id }) => id === spec.id);
    expect(seen).toMatchObject({ end: { kind: 'limit', limit: 'disk' } });
  });

  test.each([
    ['its container', '/tmp/big'],
    ['its volume', '/data/big'],
  ])('what a service writes into %s counts', async (_where, file) => {
    await using docker = await aDocker(host);
    const { runtime } = docker;
    const image = await runtime.images?.ready({ reference: 'cspace/postgres:bookworm', as: 'service' }, patient());
    const service = {
      name: 'db',
      image: image?.id ?? '',
      argv: ['sh', '-c', `head -c 3M /dev/zero >${file}; exec sleep 1000`],
      env: {},
      health: `[ "$(stat -c %s ${file})" -ge 3000000 ]`,
      volumes: [{ name: 'data', target: '/data' }],
    } as const;
    const within = aSpec({ services: [service], limits: { diskBytes: 8 * 1024 ** 2 } });
    const over = aSpec({ services: [service], limits: { diskBytes: 2 * 1024 ** 2 } });
    for (const spec of [within, over]) {
      await runtime.create(spec, patient());
      await runtime.start(spec.id, sh('sleep 1000'), patient());
      await runtime.services?.start(spec.id, 'db', patient());
    }
    expect(await look(docker, within)).toBe(false);
    expect(await look(docker, over)).toBe(true);
    const seen = await runtime.list(patient());
    expect(seen.find(({ id }) => id === over.id)).toMatchObject({ end: { kind: 'limit', limit: 'disk' } });
    expect(seen.find(({ id }) => id === within.id)).toMatchObject({ state: 'running' });
  });

  test('what is not a directory of the server is not shown', async () => {
    await using docker = await aDocker(host);
    for (const source of ['/etc', '/var/run/docker.sock', '/tmpx', '/tmp/../etc']) {
      const spec = aSpec({ mounts: [{ source, target: '/opt/x', mode: 'read-only' }] });
      await expect(docker.runtime.create(spec, patient())).rejects.toMatchObject({ code: 'invalid' });
    }
    expect(await docker.left()).toEqual([]);
  });

  test('an engine that is not there is a sentence', async () => {
    await using docker = await aDocker(host);
    const gone = dockerRuntime({ directory: docker.directory, host: 'unix:///nowhere/docker.sock', shown: [] });
    await expect(gone.create(aSpec({ image: 'x' }), patient())).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('the Docker engine at unix:///nowhere/docker.sock does not answer'),
    });
    expect(await gone.probe(patient())).toMatchObject({ usable: false, problems: [{ severity: 'missing' }] });
  });
});
