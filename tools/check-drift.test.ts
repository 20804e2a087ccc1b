import { expect, test } from 'vitest';
import { checkDrift } from './check-drift.ts';

test.each([
  ['a\nb\n', 'a\nb\n', undefined],
  ['a\nb\n', 'a\nc\n', 'line 2'],
  ['a\n', 'a\nc\n', 'line 2'],
  [undefined, 'a\n', 'missing'],
])('checkDrift() of %j and %j', (committed, generated, says) => {
  const problems = checkDrift([{ file: 'f', committed, generated }]);
  expect(problems).toHaveLength(says === undefined ? 0 : 1);
  if (says !== undefined) expect(problems[0]?.what).toContain(says);
});
