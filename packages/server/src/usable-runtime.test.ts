import type { Runtime, RuntimeReport } from '@cspace/domain';
import { expect, test } from 'vitest';
import { usableRuntime } from './usable-runtime.ts';

test('usableRuntime() refuses with the hint of what is missing, and finds it once it is there', async () => {
  const runtime = probing();
  const usable = usableRuntime(runtime);
  runtime.report = {
    ...runtime.report,
    usable: false,
    problems: [{ severity: 'missing', what: 'bubblewrap is not installed', hint: 'Install it' }],
  };
  await expect(usable(undefined)).rejects.toMatchObject({
    code: 'lacking',
    message: 'Cannot make a sandbox: bubblewrap is not installed',
    hint: 'Install it',
  });
  runtime.report = { ...runtime.report, usable: true, problems: [] };
  expect(await usable(undefined)).toBe('memory');
  expect(await usable('memory')).toBe('memory');
  expect(runtime.probes).toBe(2);
});

test('usableRuntime() refuses a runtime that is not here', async () => {
  await expect(usableRuntime(probing())('swarm')).rejects.toMatchObject({ code: 'lacking' });
});

/** Something to probe whose report the test gives. */
function probing(): Pick<Runtime, 'kind' | 'probe'> & { report: RuntimeReport; probes: number } {
  const runtime = {
    kind: 'memory' as const,
    report: { kind: 'memory', usable: true, version: undefined, limits: {}, problems: [] } as RuntimeReport,
    probes: 0,
    async probe() {
      runtime.probes += 1;
      return runtime.report;
    },
  };
  return runtime;
}
