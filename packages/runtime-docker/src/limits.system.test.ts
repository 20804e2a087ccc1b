import { until } from '@cspace/runtime-contract/testing';
import { describe, expect, test } from 'vitest';
import { contextOf, dockerRuntime } from './runtime.ts';
import { aDocker, aSpec, patient, sh } from './testing/a-docker.ts';
import { TEST_ENGINE } from './testing/test-engine.ts';
import { endIfOver } from './watch-disk.ts';

const { host = '', missing } = TEST_ENGINE;

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
    const { runtime, directory } = docker;
    const spec = aSpec({ limits: { diskBytes: 1024 ** 2 } });
    await runtime.create(spec, patient());
    await runtime.start(spec.id, sh('head -c 5M /dev/zero >/tmp/big; sleep 1000'), patient());
    const context = contextOf({ directory, host, shown: [] });
    await until(() => endIfOver(context, spec.id, 1024 ** 2), Boolean);
    const seen = (await runtime.list(patient())).find(({ id }) => id === spec.id);
    expect(seen).toMatchObject({ end: { kind: 'limit', limit: 'disk' } });
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
