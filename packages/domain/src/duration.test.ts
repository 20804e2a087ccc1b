import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDuration } from './duration.ts';

test.each([
  ['4h', 14_400_000],
  ['10m', 600_000],
  ['90s', 90_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['2d', 172_800_000],
  ['250ms', 250],
  ['1m500ms', 60_500],
])('parseDuration(%j)', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  '',
  '4',
  'h',
  '4 h',
  '-4h',
  '0s',
  '30m1h',
  '1h1h',
  '4H',
  '4h\n',
  '1e3s',
  'Infinityh',
  `${'9'.repeat(40)}d`,
  '.5h',
])('parseDuration(%j) refuses', (text) => {
  expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'invalid' }));
});

test('parseDuration() adds up whatever it is written with', () => {
  const number = fc.nat(10_000);
  fc.assert(
    fc.property(number, number, number, (h, m, s) => {
      fc.pre(h + m + s > 0);
      expect(parseDuration(`${h}h${m}m${s}s`)).toBe(((h * 60 + m) * 60 + s) * 1000);
    }),
  );
});
