import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { SandboxLimits, SandboxSeen } from '@cspace/domain';
import { aSpec, type Exchange, exchange, until } from '@cspace/runtime-contract/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { detectCgroups } from './cgroup.ts';
import { LOG_BYTES } from './job.ts';
import { logPath } from './paths.ts';
import { type ARuntime, aRuntime, patient, sh } from './testing/a-runtime.ts';

describe('limits', () => {
  let made: ARuntime;
  let box: Exchange;
  let lacks: { readonly memory: boolean; readonly pids: boolean; readonly cpus: boolean };
  beforeAll(async () => {
    made = await aRuntime();
    box = await exchange();
    const limits = (await detectCgroups())?.limits ?? [];
    lacks = { memory: !limits.includes('memory'), pids: !limits.includes('pids'), cpus: !limits.includes('cpus') };
  });
  afterAll(async () => {
    await made[Symbol.asyncDispose]();
    await box[Symbol.asyncDispose]();
  });

  const endOf = async (script: string, limits: SandboxLimits, timeoutMs = 45_000): Promise<SandboxSeen | undefined> => {
    const spec = aSpec({ limits, mounts: box.mounts });
    await made.runtime.create(spec, patient());
    await made.runtime.start(spec.id, sh(script), patient());
    const seen = async () => (await made.runtime.list(patient())).find(({ id }) => id === spec.id);
    const last = await until(seen, (one) => one?.state === 'ended', timeoutMs);
    await made.runtime.destroy(spec.id, patient());
    return last;
  };

  test('memory: the command that asks for more is ended, and it is told why', async (context) => {
    context.skip(lacks.memory, 'there is no memory cgroup here');
    const bomb = 'exec python3 -c "x = []\nwhile True: x.append(bytearray(1 << 20))"';
    expect(await endOf(bomb, { memoryBytes: 64 << 20 })).toMatchObject({ end: { kind: 'limit', limit: 'memory' } });
  });

  test('memory: a child that is killed for it is not the end of the command', async (context) => {
    context.skip(lacks.memory, 'there is no memory cgroup here');
    const bomb = 'python3 -c "x = []\nwhile True: x.append(bytearray(1 << 20))"; test $? = 137 && exit 4';
    expect(await endOf(bomb, { memoryBytes: 64 << 20 })).toMatchObject({ end: { kind: 'exited', exitCode: 4 } });
  });

  test('memory: a command that kills itself without need is not told to have hit a limit', async () => {
    expect(await endOf('kill -KILL $$', { memoryBytes: 64 << 20 })).toMatchObject({
      end: { kind: 'signalled', signal: 'SIGKILL' },
    });
  });

  test('processes: a fork bomb gets no further, and others do not notice', async (context) => {
    context.skip(lacks.pids, 'there is no pids cgroup here');
    const spec = aSpec({ limits: { pids: 40 }, mounts: box.mounts });
    await made.runtime.create(spec, patient());
    await made.runtime.start(spec.id, sh('bomb() { bomb | bomb & }; bomb; sleep 1000'), patient());
    const other = await box.inside(made.runtime, 'i=0; while [ $i -lt 20 ]; do i=$((i+1)); true; done; echo fine');
    expect(other).toBe('fine');
    await made.runtime.destroy(spec.id, patient());
    const count =
      'i=0; while [ $i -lt 100 ]; do i=$((i+1)); sleep 5 & done 2>/dev/null; jobs -p | wc -l; kill $(jobs -p)';
    const spawned = Number(
      (await box.inside(made.runtime, `sh -c '${count}' || true`, { limits: { pids: 40 } })).split('\n').at(-1),
    );
    expect(spawned).toBeLessThan(40);
  });

  test('cpus: half a core is half a core', async (context) => {
    context.skip(lacks.cpus, 'there is no cpu cgroup here');
    const spin =
      'python3 -c "import time\ne = time.monotonic() + 2\nwhile time.monotonic() < e: pass\nprint(time.process_time())"';
    const used = Number(await box.inside(made.runtime, spin, { limits: { cpus: 0.25 } }));
    expect(used).toBeGreaterThan(0.2);
    expect(used).toBeLessThan(0.9);
  });

  test('disk: one file that is too large', async () => {
    const write = 'exec dd if=/dev/zero of=/workspace/big bs=1M count=64 2>/dev/null';
    expect(await endOf(write, { diskBytes: 8 << 20 })).toMatchObject({ end: { kind: 'limit', limit: 'disk' } });
  });

  test('disk: many files', async () => {
    const write =
      'for i in $(seq 20); do dd if=/dev/zero of=/workspace/f$i bs=1M count=4 2>/dev/null; done; exec sleep 1000';
    expect(await endOf(write, { diskBytes: 16 << 20 })).toMatchObject({ end: { kind: 'limit', limit: 'disk' } });
  });

  test('disk: empty files by the thousand', async () => {
    const write = 'seq 5000 | xargs touch; exec sleep 1000';
    expect(await endOf(write, { diskBytes: 8 << 20 })).toMatchObject({ end: { kind: 'limit', limit: 'disk' } });
  });

  test('log: a flood is bounded, and its end is kept', async () => {
    const spec = aSpec();
    await made.runtime.create(spec, patient());
    await made.runtime.start(spec.id, sh('head -c 8000000 /dev/zero | tr "\\0" x; echo last words; exit 0'), patient());
    const seen = async () => (await made.runtime.list(patient())).find(({ id }) => id === spec.id);
    await until(seen, (one) => one?.state === 'ended', 30_000);
    const log = logPath(made.directory, spec.id);
    expect((await readFile(log, 'utf8')).endsWith('last words\n')).toBe(true);
    expect(statSync(log).size + statSync(`${log}.1`).size).toBeLessThanOrEqual(LOG_BYTES);
    await made.runtime.destroy(spec.id, patient());
  });
});
