import { describe, expect, test } from 'vitest';
import { aSpec, FOREVER, newIds, patient, type RuntimeFixture, seen } from './fixture.ts';

/** What `create`, `destroy`, `list` and `probe` promise. */
export function createContract(given: () => RuntimeFixture): void {
  describe('create()', () => {
    test('makes an idle sandbox', async () => {
      const { runtime } = given();
      const spec = aSpec();
      await runtime.create(spec, patient());
      expect(await seen(runtime, spec.id)).toEqual({ id: spec.id, state: 'idle' });
      await runtime.destroy(spec.id, patient());
    });

    test('twice is once, and leaves a run alone', async () => {
      const { runtime } = given();
      const spec = aSpec();
      await Promise.all([runtime.create(spec, patient()), runtime.create(spec, patient())]);
      await runtime.start(spec.id, FOREVER, patient());
      const before = await seen(runtime, spec.id);
      await runtime.create(spec, patient());
      expect(await seen(runtime, spec.id)).toEqual(before);
      expect((await runtime.list(patient())).filter(({ id }) => id === spec.id)).toHaveLength(1);
      await runtime.destroy(spec.id, patient());
    });

    test('over a layer that is not there fails and leaves nothing', async () => {
      const { runtime } = given();
      const spec = aSpec({ layers: [newIds.layer()] });
      await expect(runtime.create(spec, patient())).rejects.toMatchObject({ name: 'Fault', code: 'not-found' });
      expect(await seen(runtime, spec.id)).toBeUndefined();
    });

    test('that is given up beforehand makes nothing', async () => {
      const { runtime } = given();
      const spec = aSpec();
      await expect(runtime.create(spec, AbortSignal.abort())).rejects.toThrow();
      expect(await seen(runtime, spec.id)).toBeUndefined();
    });
  });

  describe('destroy()', () => {
    test('of a stranger succeeds, and twice too', async () => {
      const { runtime } = given();
      const spec = aSpec();
      await runtime.destroy(spec.id, patient());
      await runtime.create(spec, patient());
      await runtime.destroy(spec.id, patient());
      await runtime.destroy(spec.id, patient());
      expect(await seen(runtime, spec.id)).toBeUndefined();
    });

    test('ends a run first', async () => {
      const { runtime } = given();
      const spec = aSpec();
      await runtime.create(spec, patient());
      await runtime.start(spec.id, FOREVER, patient());
      await runtime.destroy(spec.id, patient());
      expect(await seen(runtime, spec.id)).toBeUndefined();
    });

    test('lets the same id be made again, as new', async () => {
      const { runtime } = given();
      const spec = aSpec();
      await runtime.create(spec, patient());
      await runtime.start(spec.id, FOREVER, patient());
      await runtime.destroy(spec.id, patient());
      await runtime.create(spec, patient());
      expect(await seen(runtime, spec.id)).toEqual({ id: spec.id, state: 'idle' });
      await runtime.destroy(spec.id, patient());
    });
  });

  test('probe() finds a machine that the suite runs on usable', async () => {
    const report = await given().runtime.probe(patient());
    expect(report).toMatchObject({ kind: given().runtime.kind, usable: true });
    expect(report.problems.filter(({ severity }) => severity === 'missing')).toEqual([]);
    expect(report.problems.every(({ hint }) => hint.length > 0)).toBe(true);
  });

  test('twenty sandboxes are made, started and destroyed beside each other', async () => {
    const { runtime } = given();
    const specs = Array.from({ length: 20 }, () => aSpec());
    const one = async (spec: (typeof specs)[number]) => {
      await runtime.create(spec, patient());
      await runtime.start(spec.id, FOREVER, patient());
    };
    await Promise.all(specs.map(one));
    const running = (await runtime.list(patient())).filter(({ state }) => state === 'running').map(({ id }) => id);
    expect(specs.map(({ id }) => id).filter((id) => !running.includes(id))).toEqual([]);
    await Promise.all(specs.map(({ id }) => runtime.destroy(id, patient())));
    const left = (await runtime.list(patient())).map(({ id }) => id);
    expect(specs.map(({ id }) => id).filter((id) => left.includes(id))).toEqual([]);
  });
}
