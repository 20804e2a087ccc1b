import type { SandboxSpec } from '@cspace/domain';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Exchange, exchange } from './exchange.ts';
import { aSpec, ended, FOREVER, patient, type RuntimeFixture, seen, sh, until } from './fixture.ts';

/** What `stop` promises. */
export function stopContract(given: () => RuntimeFixture, real: boolean): void {
  describe('stop()', () => {
    let box: Exchange;
    let spec: SandboxSpec;
    beforeEach(async () => {
      box = await exchange(given());
      spec = aSpec({ mounts: box.mounts });
      await given().runtime.create(spec, patient());
    });
    afterEach(async () => {
      await given().runtime.destroy(spec.id, patient());
      await box[Symbol.asyncDispose]();
    });

    test('of a stranger, of an idle sandbox, and twice, succeeds', async () => {
      const { runtime } = given();
      await runtime.stop(aSpec().id, 0, patient());
      await runtime.stop(spec.id, 1000, patient());
      await runtime.start(spec.id, FOREVER, patient());
      await runtime.stop(spec.id, 0, patient());
      await runtime.stop(spec.id, 0, patient());
      expect(await seen(runtime, spec.id)).toEqual({
        id: spec.id,
        state: 'ended',
        end: { kind: 'signalled', signal: 'SIGKILL' },
      });
    });

    test('asks with SIGTERM and has ended the run when it answers', async () => {
      const { runtime } = given();
      await runtime.start(spec.id, FOREVER, patient());
      await runtime.stop(spec.id, 10_000, patient());
      expect(await seen(runtime, spec.id)).toMatchObject({ state: 'ended', end: { signal: 'SIGTERM' } });
    });

    test('leaves an end that was there as it was', async () => {
      const { runtime } = given();
      await runtime.start(spec.id, sh('exit 5'), patient());
      await ended(runtime, spec.id);
      await runtime.stop(spec.id, 0, patient());
      expect(await seen(runtime, spec.id)).toMatchObject({ end: { kind: 'exited', exitCode: 5 } });
    });

    test.runIf(real)('lets the command finish within its grace', async () => {
      const { runtime } = given();
      const script =
        'trap "sleep 0.2; echo saved >/opt/exchange/saved; exit 3" TERM; echo up >/opt/exchange/up; sleep 1000 & wait';
      await runtime.start(spec.id, sh(script), patient());
      await until(() => box.read('up').catch(() => ''), Boolean);
      await runtime.stop(spec.id, 10_000, patient());
      expect(await box.read('saved')).toBe('saved\n');
      expect(await seen(runtime, spec.id)).toMatchObject({ end: { kind: 'exited', exitCode: 3 } });
    });

    test.runIf(real)('kills after the grace what does not listen', async () => {
      const { runtime } = given();
      await runtime.start(spec.id, sh('trap "" TERM; echo up >/opt/exchange/up; sleep 1000'), patient());
      await until(() => box.read('up').catch(() => ''), Boolean);
      const before = Date.now();
      await runtime.stop(spec.id, 300, patient());
      expect(Date.now() - before).toBeGreaterThanOrEqual(250);
      expect(await seen(runtime, spec.id)).toMatchObject({ end: { kind: 'signalled', signal: 'SIGKILL' } });
    });

    test.runIf(real)('keeps the files', async () => {
      const { runtime } = given();
      expect(
        await box.run(runtime, spec, 'echo work >/workspace/file; echo home >~/file', { HOME: '/home/agent' }),
      ).toBe('');
      await runtime.stop(spec.id, 0, patient());
      expect(await box.run(runtime, spec, 'cat /workspace/file /home/agent/file')).toBe('work\nhome');
    });

    test.runIf(real)('by a runtime that did not start it works as well', async () => {
      await given().runtime.start(spec.id, FOREVER, patient());
      await given().again().stop(spec.id, 10_000, patient());
      expect(await seen(given().runtime, spec.id)).toMatchObject({ state: 'ended', end: { signal: 'SIGTERM' } });
    });
  });
}
