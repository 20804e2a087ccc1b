import { expect, test } from 'vitest';
import { decideBudget, reserveUsd, tokensOf } from './budget.ts';

const view = { remainingUsd: 5, reservedUsd: 0, running: 0, maxRunning: 4 };

test.each([
  ['without a budget', { remainingUsd: undefined, reservedUsd: 99, running: 3 }, 'admit'],
  ['with money', {}, 'admit'],
  ['the last cent, alone', { remainingUsd: 0.01 }, 'admit'],
  ['the last cent, while another runs', { remainingUsd: 0.01, reservedUsd: 0.05, running: 1 }, 'wait'],
  ['nothing left', { remainingUsd: 0 }, 'refuse'],
  ['overspent while others run', { remainingUsd: -1, reservedUsd: 1, running: 4 }, 'refuse'],
  ['too many at once', { remainingUsd: undefined, running: 4 }, 'wait'],
] as const)('decideBudget() %s', (_name, changes, decision) => {
  expect(decideBudget({ ...view, ...changes })).toBe(decision);
});

test('reserveUsd() grows with the request and is bounded', () => {
  expect(reserveUsd(0)).toBe(0.05);
  expect(reserveUsd(400_000)).toBeCloseTo(0.35);
  expect(reserveUsd(1e12)).toBe(reserveUsd(1e9));
  expect(tokensOf(5)).toBe(2);
});
