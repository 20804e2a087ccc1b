import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxSpec } from '@cspace/domain';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Exchange, exchange } from './exchange.ts';
import { aSpec, ended, FOREVER, patient, type RuntimeFixture, seen, sh, until } from './fixture.ts';

/** What `start` and `list` promise of a run. */
export function startContract(given: () => RuntimeFixture, real: boolean): void {
  describe('start()', () => {
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

    test('answers while the command runs, and list() shows it', async () => {
      const { runtime } = given();
      const before = Date.now();
      await runtime.start(spec.id, FOREVER, patient());
      const one = await seen(runtime, spec.id);
      expect(one).toMatchObject({ state: 'running', pid: expect.any(Number) });
      expect(one?.state === 'running' && one.startedAtMs >= before && one.startedAtMs <= Date.now()).toBe(true);
    });

    test('of a stranger is refused', async () => {
      await expect(given().runtime.start(aSpec().id, FOREVER, patient())).rejects.toMatchObject({ code: 'not-found' });
    });

    test('ends with the code of the command', async () => {
      const { runtime } = given();
      await runtime.start(spec.id, sh('exit 7'), patient());
      expect(await ended(runtime, spec.id)).toEqual({ kind: 'exited', exitCode: 7 });
      expect(await seen(given().again(), spec.id)).toMatchObject({ end: { kind: 'exited', exitCode: 7 } });
    });

    test('can be done again after the end, which is then forgotten', async () => {
      const { runtime } = given();
      await runtime.start(spec.id, sh('exit 2'), patient());
      await ended(runtime, spec.id);
      await runtime.start(spec.id, FOREVER, patient());
      expect(await seen(runtime, spec.id)).toMatchObject({ state: 'running' });
    });

    test('ends the former run first', async () => {
      const { runtime } = given();
      await runtime.start(spec.id, FOREVER, patient());
      const first = await seen(runtime, spec.id);
      await runtime.start(spec.id, FOREVER, patient());
      const second = await seen(runtime, spec.id);
      expect(second).toMatchObject({ state: 'running' });
      expect(second).not.toMatchObject({ pid: first?.state === 'running' ? first.pid : 0 });
    });

    test.runIf(real)('of one id many times at once leaves one run', async () => {
      const { runtime } = given();
      // Each run holds a file open for appending; those that live go on writing their own name into it.
      const tick = (name: number) => sh(`while :; do echo ${name} >>/opt/exchange/ticks; sleep 0.02; done`);
      await Promise.all(Array.from({ length: 6 }, (_, at) => runtime.start(spec.id, tick(at), patient())));
      const length = (await box.read('ticks').catch(() => '')).length;
      const later = await until(
        async () => (await box.read('ticks').catch(() => '')).slice(length),
        (text) => text.length > 40,
      );
      expect(new Set(later.trim().split('\n').slice(1)).size).toBe(1);
    });

    test.runIf(real)('tells the signal that ended the command', async () => {
      const { runtime } = given();
      await runtime.start(spec.id, sh('kill -SEGV $$'), patient());
      expect(await ended(runtime, spec.id)).toEqual({ kind: 'signalled', signal: 'SIGSEGV' });
    });

    test.runIf(real)('ends every process with the command', async () => {
      const { runtime } = given();
      const tick = 'while :; do echo . >>/opt/exchange/orphan; sleep 0.02; done';
      await runtime.start(spec.id, sh(`setsid sh -c '${tick}' & sleep 0.3; exit 0`), patient());
      await ended(runtime, spec.id);
      const length = (await box.read('orphan')).length;
      expect(length).toBeGreaterThan(0);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect((await box.read('orphan')).length).toBe(length);
    });

    test.runIf(real)('gives the command its environment and directory and nothing more', async () => {
      const { runtime } = given();
      const command = { argv: ['env', '-0'], env: { PATH: '/usr/bin:/bin', ODD: 'a\nb=c $(x)' }, cwd: '/tmp' } as const;
      const script = 'exec "$@" >/opt/exchange/env';
      await runtime.start(spec.id, { ...command, argv: ['sh', '-c', script, 'sh', ...command.argv] }, patient());
      await ended(runtime, spec.id);
      const env = (await box.read('env')).split('\0').filter((line) => line !== '');
      const own = env.filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line));
      expect(own.sort()).toEqual(['ODD=a\nb=c $(x)', 'PATH=/usr/bin:/bin']);
      expect(await box.run(runtime, spec, 'pwd; cat; echo done')).toBe('/workspace\ndone');
    });

    test.runIf(real)('shows mounts as they are asked for', async () => {
      const { runtime } = given();
      const source = await mkdtemp(join(tmpdir(), 'cspace-seen-'));
      await chmod(source, 0o755);
      await mkdir(join(source, 'below'));
      await writeFile(join(source, 'below', 'run'), '#!/bin/sh\necho it runs\n', { mode: 0o755 });
      await symlink('below/run', join(source, 'link'));
      const mounts = [...box.mounts, { source, target: '/opt/seen', mode: 'read-only' }] as const;
      const said = await box.inside(runtime, '/opt/seen/link; touch /opt/seen/below/b || echo no', { mounts });
      expect(said).toMatch(/^it runs\n.*\nno$/);
      await rm(source, { recursive: true });
    });
  });
}
