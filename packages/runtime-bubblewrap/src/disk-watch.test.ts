import { describe, expect, test } from 'vitest';
import { dueForMeasure, type Measured } from './disk-watch.ts';

describe('dueForMeasure()', () => {
  const last: Measured = { usedBytes: 400, freeBytes: 10_000, atMs: 1_000_000, costMs: 100 };
  const cases = [
    ['never measured', undefined, 10_000, 1_000_000, true],
    ['the disk is as it was', last, 10_000, 1_010_000, false],
    ['the disk lost less than was left', last, 9_401, 1_010_000, false],
    ['the disk lost what was left', last, 9_400, 1_010_000, true],
    ['the disk lost it, but measuring would take too much time', last, 9_400, 1_001_999, false],
    ['others freed much, which hides growth: after a while it is looked at anyway', last, 90_000, 1_015_000, true],
  ] as const;
  test.each(cases)('%s', (_, measured, freeBytes, atMs, due) => {
    expect(dueForMeasure(measured, { limitBytes: 1_000, freeBytes, atMs, allCostMs: 100 })).toBe(due);
  });
});
