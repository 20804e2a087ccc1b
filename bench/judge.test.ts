import { expect, test } from 'vitest';
import { judge } from './judge.ts';

const sample = (...ms: number[]) => ({ ms, tried: ms.length });
const atMost2 = { name: 'a', what: 'a against b', goal: { kind: 'ratio-at-most', ratio: 2 } } as const;

test('judge() compares medians', () => {
  const verdict = judge(atMost2, { ours: sample(4, 100, 1, 3, 2), other: sample(2, 2, 2) });
  expect(verdict).toMatchObject({ ratio: 1.5, holds: true, ours: { p50: 3, p95: 100, n: 5, ok: 1 } });
  expect(judge(atMost2, { ours: sample(5), other: sample(2) }).holds).toBe(false);
});

test('judge() does not let a goal hold where a try failed, or nothing was measured', () => {
  expect(judge(atMost2, { ours: { ms: [1], tried: 2 }, other: sample(2) })).toMatchObject({
    holds: false,
    ours: { ok: 0.5 },
  });
  expect(judge(atMost2, { ours: sample(1), other: { ms: [1], tried: 2 } }).holds).toBe(false);
  expect(judge(atMost2, { ours: sample(1) }).holds).toBe(false);
  expect(judge(atMost2, { ours: sample(), other: sample() }).holds).toBe(false);
});

test('judge() holds a row without another side to its time', () => {
  const row = { name: 'a', what: 'a', goal: { kind: 'p95-ms-at-most', ms: 10 } } as const;
  expect(judge(row, { ours: sample(1, 2, 10) })).toMatchObject({ holds: true, other: null, ratio: null });
  expect(judge(row, { ours: sample(1, 2, 11) }).holds).toBe(false);
});
