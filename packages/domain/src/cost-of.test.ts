import fc from 'fast-check';
import { expect, test } from 'vitest';
import { costOf, NO_USAGE } from './cost-of.ts';

const million = { ...NO_USAGE, inputTokens: 100_000, outputTokens: 1_000_000 };

test.each([
  ['anthropic', 'claude-opus-4-5-20251101', 25.5],
  ['anthropic', 'claude-opus-4-20250514', 76.5],
  ['anthropic', 'claude-opus-5[1m]', 25.5],
  ['anthropic', 'anthropic/claude-sonnet-4-6', 15.3],
  ['openai', 'gpt-5-2025-08-07', 10.125],
  ['openai', 'gpt-5-mini', 2.025],
  ['openai', 'gpt-5.1-codex-max', 10.125],
] as const)('costOf(%s, %s) is the list price', (provider, model, costUsd) => {
  expect(costOf(provider, model, million)).toEqual({ costUsd: expect.closeTo(costUsd), estimated: false });
});

test.each(['claude-opus-9', 'claude-opus-4-5-turbo', 'my-local-model', '', '__proto__'])(
  'costOf(anthropic, %j) is the dearest, and says so',
  (model) => {
    const { costUsd, estimated } = costOf('anthropic', model, million);
    expect(estimated).toBe(true);
    expect(costUsd).toBeCloseTo(76.5);
  },
);

test('costOf() prices caches, long prompts, searches and fast answers', () => {
  const usage = { ...NO_USAGE, cacheReadTokens: 1000, cacheWriteTokens: 1000, longCacheWriteTokens: 400 };
  expect(costOf('anthropic', 'claude-sonnet-4-6', usage).costUsd).toBeCloseTo(
    (1000 * 0.3 + 600 * 3.75 + 400 * 6) / 1e6,
  );
  expect(costOf('anthropic', 'claude-haiku-5-5', { ...NO_USAGE, inputTokens: 200_000 }).costUsd).toBeCloseTo(0.1);
  expect(costOf('anthropic', 'claude-opus-5', { ...NO_USAGE, webSearches: 3 }).costUsd).toBeCloseTo(0.03);
  const fast = { ...NO_USAGE, outputTokens: 1000, tier: 'fast' } as const;
  expect(costOf('anthropic', 'claude-opus-5', fast)).toEqual({ costUsd: expect.closeTo(0.05), estimated: false });
  expect(costOf('anthropic', 'claude-opus-4-6', fast).estimated).toBe(true);
});

test('costOf() is a finite amount that never falls when more is used', () => {
  const tokens = fc.nat(1_000_000_000);
  fc.assert(
    fc.property(tokens, tokens, tokens, fc.string(), (a, b, more, model) => {
      const less = costOf('openai', model, { ...NO_USAGE, inputTokens: a, outputTokens: b }).costUsd;
      const most = costOf('openai', model, { ...NO_USAGE, inputTokens: a + more, outputTokens: b }).costUsd;
      expect(Number.isFinite(most) && most >= less && less >= 0).toBe(true);
    }),
  );
});
