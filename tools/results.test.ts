import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countResults, failuresIn } from './results.ts';
import { ROOT } from './source-files.ts';

test('countResults() counts tests, and a file that could not be run as one that failed', () => {
  const tests = (...statuses: string[]) => statuses.map((status) => ({ status }));
  const report = {
    testResults: [
      { status: 'passed', assertionResults: tests('passed', 'passed', 'pending') },
      { status: 'failed', assertionResults: tests('passed', 'failed') },
      { status: 'failed', assertionResults: [] },
      { status: 'failed', assertionResults: tests('passed') },
    ],
  };
  expect(countResults(report)).toEqual({ passed: 4, failed: 3, skipped: 1 });
});

test('failuresIn() names each test that failed with the first lines of why, and a file that could not be run', () => {
  const failureMessages = [Array.from({ length: 99 }, (_, line) => `line ${line}`).join('\n')];
  const report = {
    testResults: [
      {
        name: join(ROOT, 'a.test.ts'),
        status: 'failed',
        assertionResults: [
          { status: 'passed', fullName: 'holds' },
          { status: 'failed', fullName: 'breaks', failureMessages },
        ],
      },
      { name: join(ROOT, 'b.test.ts'), status: 'failed', message: 'no such module', assertionResults: [] },
      { name: join(ROOT, 'c.test.ts'), status: 'passed', assertionResults: [] },
    ],
  };
  const [first, second, ...more] = failuresIn(report);
  expect(first).toMatch(/^a\.test\.ts breaks\n {4}line 0\n/);
  expect(first).toContain('line 19');
  expect(first).not.toContain('line 20');
  expect(second).toBe('b.test.ts\n    no such module');
  expect(more).toEqual([]);
});
