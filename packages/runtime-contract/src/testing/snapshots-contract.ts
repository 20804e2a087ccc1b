import { describe, expect, test } from 'vitest';
import { exchange } from './exchange.ts';
import { aSpec, FOREVER, newIds, patient, type RuntimeFixture, seen } from './fixture.ts';

/** What `Snapshots` promises, of runtimes that have them. */
export function snapshotsContract(given: () => RuntimeFixture, real: boolean): void {
  describe('snapshots', () => {
    test('take() freezes, list() tells, remove() forgets', async (context) => {
      const { runtime } = given();
      const { snapshots } = runtime;
      if (snapshots === undefined) return context.skip('this runtime has no snapshots');
      const [spec, layer] = [aSpec(), newIds.layer()];
      await runtime.create(spec, patient());
      await snapshots.take(spec.id, layer, patient());
      expect(await snapshots.list(patient())).toContain(layer);
      expect(await seen(runtime, spec.id)).toMatchObject({ state: 'idle' });
      await expect(snapshots.remove(layer, patient())).rejects.toMatchObject({ name: 'Fault', code: 'conflict' });
      await runtime.destroy(spec.id, patient());
      await snapshots.remove(layer, patient());
      await snapshots.remove(layer, patient());
      expect(await snapshots.list(patient())).not.toContain(layer);
    });

    test('take() of the same layer again changes nothing; of another sandbox it is refused', async (context) => {
      const { runtime } = given();
      const { snapshots } = runtime;
      if (snapshots === undefined) return context.skip('this runtime has no snapshots');
      const [spec, other, layer] = [aSpec(), aSpec(), newIds.layer()];
      await Promise.all([runtime.create(spec, patient()), runtime.create(other, patient())]);
      await snapshots.take(spec.id, layer, patient());
      await snapshots.take(spec.id, layer, patient());
      await expect(snapshots.take(other.id, layer, patient())).rejects.toMatchObject({ code: 'conflict' });
      await Promise.all([runtime.destroy(spec.id, patient()), runtime.destroy(other.id, patient())]);
      await snapshots.remove(layer, patient());
    });

    test('take() refuses a running sandbox and a stranger', async (context) => {
      const { runtime } = given();
      const { snapshots } = runtime;
      if (snapshots === undefined) return context.skip('this runtime has no snapshots');
      const [spec, layer] = [aSpec(), newIds.layer()];
      await runtime.create(spec, patient());
      await runtime.start(spec.id, FOREVER, patient());
      await expect(snapshots.take(spec.id, layer, patient())).rejects.toMatchObject({ code: 'conflict' });
      expect(await seen(runtime, spec.id)).toMatchObject({ state: 'running' });
      await expect(snapshots.take(aSpec().id, layer, patient())).rejects.toMatchObject({ code: 'not-found' });
      expect(await snapshots.list(patient())).not.toContain(layer);
      await runtime.destroy(spec.id, patient());
    });

    test('layers above each other are removed at once, whoever asks and however often', async (context) => {
      const { runtime } = given();
      const { snapshots } = runtime;
      if (snapshots === undefined) return context.skip('this runtime has no snapshots');
      const spec = aSpec();
      await runtime.create(spec, patient());
      const layers = Array.from({ length: 4 }, () => newIds.layer());
      for (const layer of layers) await snapshots.take(spec.id, layer, patient());
      await runtime.destroy(spec.id, patient());
      await Promise.all([...layers, ...layers].map((layer) => snapshots.remove(layer, patient())));
      const left = await snapshots.list(patient());
      expect(layers.filter((layer) => left.includes(layer))).toEqual([]);
    });

    test.runIf(real)('a fork has what was frozen, and neither sees what the other does next', async (context) => {
      const { runtime } = given();
      const { snapshots } = runtime;
      if (snapshots === undefined) return context.skip('this runtime has no snapshots');
      await using box = await exchange(given());
      const [first, layer] = [aSpec({ mounts: box.mounts }), newIds.layer()];
      await runtime.create(first, patient());
      const write =
        'mkdir -p a/b; echo 1 >a/b/file; echo gone >gone; mkdir -m 700 secret; ln -s a/b/file link; chmod 750 /home/agent';
      await box.run(runtime, first, write);
      await snapshots.take(first.id, layer, patient());
      const fork = aSpec({ mounts: box.mounts, layers: [layer] });
      await runtime.create(fork, patient());
      const show = 'cat link; stat -c "%n %a %U" /home/agent secret a/b/file; ls';
      const frozen = '1\n/home/agent 750 agent\nsecret 700 agent\na/b/file 644 agent\na\ngone\nlink\nsecret';
      expect(await box.run(runtime, first, show)).toBe(frozen);
      expect(await box.run(runtime, fork, show)).toBe(frozen);
      // Deleted, replaced and renamed: each needs its mark in the writable layer.
      expect(
        await box.run(runtime, fork, 'rm gone; rm -r a/b; mkdir a/b; echo 2 >a/b/new; mv secret open; echo 3 >>link'),
      ).toMatch(/^$|link/);
      expect(await box.run(runtime, first, show)).toBe(frozen);
      const second = newIds.layer();
      await snapshots.take(fork.id, second, patient());
      const third = aSpec({ mounts: box.mounts, layers: [layer, second] });
      await runtime.create(third, patient());
      for (const spec of [fork, third]) {
        expect(await box.run(runtime, spec, 'ls . a/b; stat -c %a open')).toBe(
          '.:\na\nlink\nopen\n\na/b:\nfile\nnew\n700',
        );
      }
      await expect(snapshots.remove(layer, patient())).rejects.toMatchObject({ code: 'conflict' });
      await Promise.all([first, fork, third].map(({ id }) => runtime.destroy(id, patient())));
      await Promise.all([layer, second].map((one) => snapshots.remove(one, patient())));
    });
  });
}
