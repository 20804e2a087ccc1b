import { expect, test } from 'vitest';
import { parseBytes } from './bytes.ts';

const G = 1024 ** 3;

test.each([
  ['2g', 2 * G],
  ['2G', 2 * G],
  ['2gb', 2 * G],
  ['2GiB', 2 * G],
  ['1.5g', 1.5 * G],
  ['512m', 512 * 1024 ** 2],
  ['64k', 65_536],
  ['1t', 1024 * G],
  ['4096', 4096],
  ['4096b', 4096],
])('parseBytes(%j)', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test.each(['', 'g', '2 g', '-2g', '0', '0g', '2x', '2gg', '2ib', '1e9', '2g\n', '0x10', '99999999999t', '.5g'])(
  'parseBytes(%j) refuses',
  (text) => {
    expect(() => parseBytes(text)).toThrow(expect.objectContaining({ code: 'invalid' }));
  },
);
