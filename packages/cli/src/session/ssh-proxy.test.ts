import fc from 'fast-check';
import { expect, test } from 'vitest';
import { afterFirstLine } from './ssh-proxy.ts';

test('afterFirstLine() parts the first line from the bytes that follow, however they come', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 });
  fc.assert(
    fc.property(fc.string({ maxLength: 50 }), pieces, fc.integer({ min: 1, max: 30 }), (text, rest, size) => {
      const line = text.replaceAll('\n', '');
      const bytes = Buffer.concat([Buffer.from(`${line}\n`), ...rest]);
      const lines: string[] = [];
      const written: Uint8Array[] = [];
      const take = afterFirstLine(
        (each) => lines.push(each),
        (each) => written.push(each),
      );
      for (let at = 0; at < bytes.length; at += size) take(bytes.subarray(at, at + size));
      expect(lines).toEqual([Buffer.from(line).toString()]);
      expect(Buffer.concat(written).equals(Buffer.concat(rest))).toBe(true);
    }),
  );
});

test('afterFirstLine() does not wait for the end of a line that never ends', () => {
  const lines: string[] = [];
  const take = afterFirstLine(
    (line) => lines.push(line),
    () => undefined,
  );
  take(Buffer.alloc(2000, 'x'));
  expect(lines).toEqual(['']);
});
