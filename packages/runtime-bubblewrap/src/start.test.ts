import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { aSpec } from '@cspace/runtime-contract/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sandboxPaths } from './paths.ts';
import { type ARuntime, aRuntime, patient, sh } from './testing/a-runtime.ts';

describe('startSandbox() and a launcher whose server was killed before it began', () => {
  let made: ARuntime;
  beforeAll(async () => {
    made = await aRuntime();
  });
  afterAll(() => made[Symbol.asyncDispose]());

  const jobOf = async (id: ReturnType<typeof aSpec>['id']) => {
    const { job } = sandboxPaths(made.directory, id);
    const names = await readdir(job);
    expect(names).toHaveLength(1);
    return join(job, names[0] ?? '');
  };
  const launch = async (job: string) => {
    const name = (await readdir(made.directory)).find((each) => each.startsWith('launcher-')) ?? '';
    return promisify(execFile)('perl', [join(made.directory, name), job]).then(
      () => 'ended well',
      (error: { stderr: string }) => error.stderr.trim(),
    );
  };

  test('it begins nothing once there was another start, nor beside a run', async () => {
    const { id, ...spec } = aSpec();
    await made.runtime.create({ id, ...spec }, patient());
    await made.runtime.start(id, sh('sleep 1000'), patient());
    const late = await jobOf(id);
    await made.runtime.start(id, sh('sleep 1000'), patient());
    const [before] = await made.runtime.list(patient());

    expect(await launch(late)).toContain('Cannot read');
    expect(await launch(await jobOf(id))).toBe('another run has begun');
    expect(await made.runtime.list(patient())).toEqual([before]);
    expect(before).toMatchObject({ id, state: 'running' });
  });
});
