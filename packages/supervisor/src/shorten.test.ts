import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastOf, pieces, shorten } from './shorten.ts';

test('shorten() keeps what fits and marks what does not', () => {
  expect(shorten('abc', 3)).toBe('abc');
  expect(shorten('a'.repeat(100), 40)).toMatch(/^a+… \[60 more characters\]$/);
});

test('shorten() never exceeds its bound and is always well formed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, max) => {
      const short = shorten(text, max);
      expect(short.length).toBeLessThanOrEqual(max);
      expect(short.isWellFormed()).toBe(true);
    }),
  );
});

test('pieces() make up the text exactly and never cut through a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 9 }), (text, max) => {
      const found = pieces(text, max);
      expect(found.join('')).toBe(text);
      expect(found.every((each) => each.length <= max && each.isWellFormed())).toBe(true);
    }),
  );
});

test('lastOf() keeps the end', () => {
  expect(lastOf('abcdef', 3)).toBe('def');
  expect(lastOf('a😀b', 2)).toBe('b');
});
