import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonErrorAt } from './json-error-at.ts';

test.each([
  ['', 0],
  ['{', 1],
  ['{"a": }', 6],
  ['{"a": 1,}', 8],
  ['{"a" 1}', 5],
  ['{a: 1}', 1],
  ['[1 2]', 3],
  ['[1,]', 3],
  ['[}', 1],
  ['{"a": 1} x', 9],
  ['"a\nb"', 0],
  ['// comment', 0],
  ['01', 1],
  ['{"a": tru}', 6],
  ['[1, "x]', 4],
])('jsonErrorAt(%j) is %i', (text, at) => {
  expect(jsonErrorAt(text)).toBe(at);
});

test('jsonErrorAt() finds nothing wrong with JSON', () => {
  fc.assert(fc.property(fc.json(), (text) => jsonErrorAt(text) === undefined));
});

test('jsonErrorAt() agrees with JSON.parse on what is JSON', () => {
  const soup = fc.array(fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '1', '-', 'null', ' ', '\n', '"\\u00e9"'));
  fc.assert(
    fc.property(soup, (parts) => {
      const text = parts.join('');
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      expect(jsonErrorAt(text) === undefined).toBe(isJson);
    }),
    { numRuns: 500 },
  );
});

test('jsonErrorAt() goes a hundred thousand levels deep', () => {
  expect(jsonErrorAt('['.repeat(100_000))).toBe(100_000);
});
