import type { Images, Runtime, RuntimeKind, RuntimeReport } from '@cspace/domain';
import { expect, test } from 'vitest';
import { runtimes } from './runtimes.ts';
import { usableRuntime } from './usable-runtime.ts';

const AUTO = { sandbox: { runtime: 'auto' } } as const;

test('usableRuntime() refuses with the hint of what is missing, and finds it once it is there', async () => {
  const bubblewrap = probing('bubblewrap');
  const usable = usableRuntime(runtimes([bubblewrap.runtime]));
  bubblewrap.lacks('bubblewrap is not installed');
  await expect(usable(undefined, AUTO)).rejects.toMatchObject({
    code: 'lacking',
    message: 'Cannot make a sandbox: bubblewrap is not installed',
    hint: 'Install it',
  });
  bubblewrap.lacks(undefined);
  expect(await usable(undefined, AUTO)).toBe('bubblewrap');
  expect(await usable('bubblewrap', AUTO)).toBe('bubblewrap');
  expect(bubblewrap.probes()).toBe(2);
});

test('usableRuntime() refuses a runtime that is not here', async () => {
  const usable = usableRuntime(runtimes([probing('bubblewrap').runtime]));
  await expect(usable('swarm', AUTO)).rejects.toMatchObject({ code: 'lacking', hint: 'It has bubblewrap' });
});

test('usableRuntime() takes what was asked for, then what is configured, then what the project needs', async () => {
  const [bubblewrap, docker] = [probing('bubblewrap'), probing('docker', {} as Images)];
  const usable = usableRuntime(runtimes([bubblewrap.runtime, docker.runtime]));
  expect(await usable('bubblewrap', { sandbox: { runtime: 'docker' } })).toBe('bubblewrap');
  expect(await usable(undefined, { sandbox: { runtime: 'docker' } })).toBe('docker');
  expect(await usable(undefined, { sandbox: { ...AUTO.sandbox, image: 'debian' } })).toBe('docker');
  expect(await usable(undefined, { sandbox: { ...AUTO.sandbox, devcontainer: true } })).toBe('docker');
  expect(await usable(undefined, { ...AUTO, services: { db: { image: 'postgres' } } })).toBe('docker');
  expect(await usable(undefined, { ...AUTO, services: { db: { image: 'postgres', command: 'x' } } })).toBe(
    'bubblewrap',
  );
});

test('usableRuntime() goes on to the next where the first does not work, and tells why the first did not', async () => {
  const [bubblewrap, docker] = [probing('bubblewrap'), probing('docker', {} as Images)];
  const usable = usableRuntime(runtimes([bubblewrap.runtime, docker.runtime]));
  bubblewrap.lacks('no namespaces');
  expect(await usable(undefined, AUTO)).toBe('docker');
  docker.lacks('no engine');
  await expect(usableRuntime(runtimes([bubblewrap.runtime, docker.runtime]))(undefined, AUTO)).rejects.toMatchObject({
    message: 'Cannot make a sandbox: no namespaces',
  });
});

/** A runtime to probe, whose report the test gives. */
function probing(kind: RuntimeKind, images?: Images) {
  let report: RuntimeReport = { kind, usable: true, version: undefined, limits: {}, problems: [] };
  let probes = 0;
  const probe = async () => {
    probes += 1;
    return report;
  };
  return {
    runtime: { kind, probe, ...(images === undefined ? {} : { images }) } as Partial<Runtime> as Runtime,
    probes: () => probes,
    lacks(what: string | undefined) {
      const problems = what === undefined ? [] : [{ severity: 'missing', what, hint: 'Install it' } as const];
      report = { ...report, usable: what === undefined, problems };
    },
  };
}
