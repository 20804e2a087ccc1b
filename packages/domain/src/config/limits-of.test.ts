import { expect, test } from 'vitest';
import { limitsOf } from './limits-of.ts';

test('limitsOf() gives bytes, milliseconds and dollars', () => {
  const limits = { memory: '2g', disk: '1m', cpus: 1.5, pids: 10, timeout: '1h30m', idle: '90s', budgetUsd: 3 };
  expect(limitsOf({ limits })).toEqual({
    memoryBytes: 2 * 1024 ** 3,
    diskBytes: 1024 ** 2,
    cpus: 1.5,
    pids: 10,
    turnMs: 5_400_000,
    idleMs: 90_000,
    budgetUsd: 3,
  });
});

test('limitsOf() has the defaults for time and none for the rest', () => {
  expect(limitsOf({})).toEqual({ turnMs: 14_400_000, idleMs: 600_000 });
});
