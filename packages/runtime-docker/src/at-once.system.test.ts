import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { containerName, helperName } from './container-name.ts';
import { installationId } from './installation-id.ts';
import { LABEL } from './label.ts';
import { contextOf, dockerRuntime } from './runtime.ts';
import { aDocker, aSpec, patient, sh } from './testing/a-docker.ts';
import { TEST_ENGINE } from './testing/test-engine.ts';

const { host = '', missing } = TEST_ENGINE;

/** What an engine answers differently when two things happen to it at once, or one in the middle of another. */
describe('Docker, at once', () => {
  if (host === '') {
    test('on Docker', (context) => context.skip(missing));
    return;
  }

  test('create() that is given up in the middle can be done again, and its sandbox starts', async () => {
    await using docker = await aDocker(host);
    const { runtime } = docker;
    const image = (await runtime.images?.ready({ as: 'sandbox' }, patient()))?.id ?? '';
    for (const ms of [2, 5, 8, 12, 16, 20, 25, 30, 40, 60]) {
      const spec = aSpec({ image });
      await runtime.create(spec, AbortSignal.timeout(ms)).catch(() => undefined);
      await sleep(ms);
      await runtime.create(spec, patient());
      await runtime.start(spec.id, sh('sleep 1000'), patient());
      await runtime.destroy(spec.id, patient());
    }
    expect(await docker.left()).toEqual([]);
  });

  test('destroy() resolves once all is gone, also where the removal has begun elsewhere', async () => {
    await using docker = await aDocker(host);
    const { runtime, left } = docker;
    const image = (await runtime.images?.ready({ as: 'sandbox' }, patient()))?.id ?? '';
    for (let round = 0; round < 5; round++) {
      const spec = aSpec({ image });
      await runtime.create(spec, patient());
      await runtime.start(spec.id, sh('sleep 1000'), patient());
      const elsewhere = docker.docker.getContainer(containerName(spec.id)).remove({ force: true });
      await runtime.destroy(spec.id, patient());
      expect(await left()).toEqual([]);
      await elsewhere.catch(() => undefined);
    }
  });

  test('a service that is started while its sandbox is stopped or destroyed is not left behind', async () => {
    await using docker = await aDocker(host);
    const { runtime, left } = docker;
    const image = (await runtime.images?.ready({ as: 'sandbox' }, patient()))?.id ?? '';
    const argv = ['sleep', '1000'] as const;
    const service = { name: 'cache', image, argv, env: {}, volumes: [{ name: 'data', target: '/data' }] } as const;
    for (let round = 0; round < 8; round++) {
      const spec = aSpec({ image, services: [service] });
      await runtime.create(spec, patient());
      await runtime.start(spec.id, sh('sleep 1000'), patient());
      const starting = runtime.services?.start(spec.id, 'cache', patient()).catch(() => undefined);
      await sleep(round * 15);
      if (round % 2 === 0) await runtime.stop(spec.id, 0, patient());
      await runtime.destroy(spec.id, patient());
      await starting;
      expect(await left()).toEqual([]);
    }
  });

  test('stop() takes away a service that ends by itself just then', async () => {
    await using docker = await aDocker(host);
    const { runtime, left } = docker;
    const image = (await runtime.images?.ready({ as: 'sandbox' }, patient()))?.id ?? '';
    // Each at another moment of the stop.
    const services = Array.from({ length: 12 }, (_, at) => {
      const argv = ['sleep', `${1.4 + at / 20}`] as const;
      return { name: `short-${at}`, image, argv, env: {}, volumes: [] };
    });
    const spec = aSpec({ image, services });
    await runtime.create(spec, patient());
    await runtime.start(spec.id, sh('sleep 1000'), patient());
    await Promise.all(
      services.map(({ name }) => runtime.services?.start(spec.id, name, patient()).catch(() => undefined)),
    );
    await runtime.stop(spec.id, 1, patient());
    expect((await left()).filter((name) => name.includes('short'))).toEqual([]);
    await runtime.destroy(spec.id, patient());
  });

  test('a copy that somebody is about to use is not tidied away, and an empty one of its name is not taken for it', async () => {
    await using docker = await aDocker(host);
    const context = contextOf({ directory: docker.directory, host, shown: [] });
    const { copies } = context;
    const image = (await docker.runtime.images?.ready({ as: 'sandbox' }, patient()))?.id ?? '';
    const source = join(docker.directory, 'tools');
    await mkdir(source);
    await writeFile(join(source, 'tool'), 'here');
    for (let round = 0; round < 4; round++) {
      const [copy] = await Promise.all([copies.ready(source, image, patient()), copies.tidy(patient())]);
      await copies.tidy(patient());
      expect(await docker.left()).toEqual([copy.volume]);
      copy[Symbol.dispose]();
      await copies.tidy(patient());
      expect(await docker.left()).toEqual([]);
    }
    const { volume } = await copies.ready(source, image, patient());
    await docker.docker.getVolume(volume).remove();
    await docker.docker.createVolume({ Name: volume });
    await copies.ready(source, image, patient());
    expect((await docker.docker.getVolume(volume).inspect()).Labels).toMatchObject({ [LABEL.copy]: source });
    await docker.docker.getVolume(volume).remove();
  });

  test('the next server leaves sandboxes alone that are made of an image that this one has made ready', async () => {
    await using docker = await aDocker(host);
    const image = (await docker.runtime.images?.ready({ as: 'sandbox' }, patient()))?.id ?? '';
    const spec = aSpec({ image });
    await docker.runtime.create(spec, patient());
    await docker.runtime.start(spec.id, sh('sleep 1000'), patient());
    using next = dockerRuntime({ directory: docker.directory, host, shown: [] });
    await next.images?.tidy([], patient());
    expect(await next.list(patient())).toMatchObject([{ id: spec.id, state: 'running' }]);
    await next.destroy(spec.id, patient());
  });

  test('what a killed server was making is taken away by the next one', async () => {
    await using docker = await aDocker(host);
    const image = (await docker.runtime.images?.ready({ as: 'sandbox' }, patient()))?.id ?? '';
    const ours = { [LABEL.installation]: await installationId(docker.directory) };
    await docker.docker.createContainer({
      name: helperName(randomBytes(8).toString('hex'), '1'),
      Image: image,
      Labels: ours,
    });
    const name = 'cspace-copy-of-a-killed-server';
    await docker.docker.createVolume({ Name: name, Labels: { ...ours, [LABEL.copy]: '/tools' } });
    const Mounts = [{ Type: 'volume' as const, Source: name, Target: '/copy', ReadOnly: false }];
    await docker.docker.createContainer({
      name: `${name}-filling`,
      Image: image,
      Labels: ours,
      HostConfig: { Mounts },
    });
    await docker.runtime.images?.tidy([image], patient());
    expect(await docker.left()).toEqual([]);
  });
});
