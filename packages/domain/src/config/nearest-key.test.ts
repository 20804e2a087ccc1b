import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { editsBetween, nearestKey } from './nearest-key.ts';

test.each([
  ['memroy', 'memory'],
  ['Memory', 'memory'],
  ['mem', 'memory'],
  ['cpu', 'cpus'],
  ['timeOut', 'timeout'],
  ['budget', 'budgetUsd'],
])('nearestKey(%j)', (key, nearest) => {
  expect(nearestKey(key, ['memory', 'cpus', 'pids', 'disk', 'timeout', 'idle', 'budgetUsd'])).toBe(nearest);
});

test('nearestKey() of nothing is nothing', () => {
  expect(nearestKey('a', [])).toBeUndefined();
});

test.each([
  ['', '', 0],
  ['', 'abc', 3],
  ['abc', 'acb', 1],
  ['kitten', 'sitting', 3],
])('editsBetween(%j, %j) is %i', (a, b, edits) => {
  expect(editsBetween(a, b)).toBe(edits);
});

test('editsBetween() is the same both ways, and nothing only between equals', () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editsBetween(a, b)).toBe(editsBetween(b, a));
      expect(editsBetween(a, b) === 0).toBe(a === b);
      expect(editsBetween(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});
