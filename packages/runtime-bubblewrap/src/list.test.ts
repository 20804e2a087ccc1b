import { writeFile } from 'node:fs/promises';
import { aSpec } from '@cspace/runtime-contract/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBootId } from './context.ts';
import { sandboxPaths } from './paths.ts';
import { type ARuntime, aRuntime, patient } from './testing/a-runtime.ts';

describe('listSandboxes()', () => {
  let made: ARuntime;
  beforeAll(async () => {
    made = await aRuntime();
  });
  afterAll(() => made[Symbol.asyncDispose]());

  const withRun = async (run: object) => {
    const spec = aSpec();
    await made.runtime.create(spec, patient());
    await writeFile(sandboxPaths(made.directory, spec.id).run, JSON.stringify({ startedAtMs: 1, ...run }));
    return (await made.runtime.list(patient())).find(({ id }) => id === spec.id);
  };
  const me = { pid: process.pid, ticks: 1 };

  test('does not take a number that is used again for the process that had it', async () => {
    const run = { bootId: await readBootId(), launcher: me, init: me };
    expect(await withRun(run)).toMatchObject({ state: 'ended', end: { kind: 'unknown' } });
  });

  test('tells that nobody saw the end of what ran before the machine was restarted', async () => {
    const run = { bootId: 'another', launcher: me, init: me };
    expect(await withRun(run)).toMatchObject({ state: 'ended', end: { kind: 'unknown' } });
  });

  test('stopping or destroying by such a number hurts nobody', async () => {
    const run = { bootId: await readBootId(), launcher: me, init: me };
    const seen = await withRun(run);
    if (seen === undefined) throw new Error('it is not there');
    await made.runtime.stop(seen.id, 0, patient());
    await made.runtime.destroy(seen.id, patient());
  });
});
