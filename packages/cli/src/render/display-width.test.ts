import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayWidth, truncate } from './display-width.ts';

test.each([
  ['', 0],
  ['plain', 5],
  ['é', 1],
  ['e\u0301', 1],
  ['漢字', 4],
  ['👩‍👩‍👧', 2],
  ['✔ ok', 4],
  ['…', 1],
])('displayWidth(%j) is %i', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test('truncate() never exceeds its columns and leaves what fits alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 30 }), (text, columns) => {
      const cut = truncate(text, columns);
      expect(displayWidth(cut)).toBeLessThanOrEqual(Math.max(columns, 0));
      if (displayWidth(text) <= columns) expect(cut).toBe(text);
    }),
  );
});
