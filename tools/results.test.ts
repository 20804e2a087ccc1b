import { expect, test } from 'vitest';
import { countResults } from './results.ts';

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
