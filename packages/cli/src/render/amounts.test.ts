import { expect, test } from 'vitest';
import { age, duration } from './duration.ts';
import { money, plural, tokens } from './money.ts';
import { size } from './size.ts';

test.each([
  [0, '0ms'],
  [7.4, '7ms'],
  [200, '0.2s'],
  [9_940, '9.9s'],
  [41_600, '42s'],
  [59_600, '1m 00s'],
  [185_000, '3m 05s'],
  [7_800_000, '2h 10m'],
])('duration(%d) is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [-5, '0s'],
  [59_999, '59s'],
  [300_000, '5m'],
  [3_600_000, '1h'],
  [200_000_000, '2d'],
])('age(%d) is %s', (ms, text) => {
  expect(age(ms)).toBe(text);
});

test('amounts read well', () => {
  expect([0, 0.0042, 0.5, 12].map(money)).toEqual(['$0', '$0.0042', '$0.50', '$12.00']);
  expect([0, 950, 12_345, 999_960].map(tokens)).toEqual(['0', '950', '12.3k', '1.0M']);
  expect([plural(1, 'file'), plural(2, 'file'), plural(2, 'push', 'pushes')]).toEqual([
    '1 file',
    '2 files',
    '2 pushes',
  ]);
});

test('sizes read well', () => {
  expect([0, 999, 12_345, 1_500_000, 240_000_000, 3e15].map(size)).toEqual([
    '0 B',
    '999 B',
    '12 kB',
    '1.5 MB',
    '240 MB',
    '3000 TB',
  ]);
});
