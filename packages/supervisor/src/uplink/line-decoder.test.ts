import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineDecoder } from './line-decoder.ts';

test('lineDecoder() gives the same lines however the bytes are cut', () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''));
  fc.assert(
    fc.property(fc.array(line), fc.integer({ min: 1, max: 7 }), (lines, size) => {
      const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
      const decode = lineDecoder(10_000);
      const found: string[] = [];
      for (let at = 0; at < bytes.byteLength; at += size) found.push(...decode(bytes.subarray(at, at + size)));
      expect(found).toEqual(lines);
    }),
  );
});

test('lineDecoder() refuses a line that is too long, whole or not', () => {
  expect(() => lineDecoder(4)(Buffer.from('12345\n'))).toThrow(RangeError);
  expect(() => lineDecoder(4)(Buffer.from('12345'))).toThrow(RangeError);
  expect(lineDecoder(4)(Buffer.from('1234\n'))).toEqual(['1234']);
});
