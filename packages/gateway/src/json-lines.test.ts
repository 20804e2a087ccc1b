import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonLines, NotJsonLine } from './json-lines.ts';
import { cutAt } from './testing/cut-at.ts';

function read(chunks: readonly Uint8Array[], maxBytes = 1000): unknown[] {
  const lines = jsonLines(maxBytes);
  return chunks.flatMap((chunk) => [...lines(chunk)]);
}

test('jsonLines() gives the same values however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.json()), fc.array(fc.nat(50)), (values, cuts) => {
      const bytes = Buffer.from(values.map((value) => `${value.replaceAll('\n', ' ')}\n`).join(''));
      expect(read(cutAt(bytes, cuts), 1e6)).toEqual(read([bytes], 1e6));
      expect(read([bytes], 1e6)).toHaveLength(values.length);
    }),
  );
});

test.each([
  ['a line that is too long', Buffer.from(`"${'a'.repeat(2000)}"\n`)],
  ['a line that never ends', Buffer.from('a'.repeat(2000))],
  ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x0a])],
  ['a cut character', Buffer.from([0x22, 0xe2, 0x82, 0x22, 0x0a])],
  ['half a value', Buffer.from('{"a":\n')],
  ['two values', Buffer.from('1 2\n')],
  ['a byte order mark', Buffer.from('\ufeff1\n')],
])('jsonLines() refuses %s', (_name, bytes) => {
  expect(() => read([bytes])).toThrow(NotJsonLine);
});

test('jsonLines() throws nothing but NotJsonLine, whatever comes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
      try {
        read(chunks);
      } catch (error) {
        expect(error).toBeInstanceOf(NotJsonLine);
      }
    }),
  );
});

test('jsonLines() refuses what is made to be slow, and counts no brackets of a text', () => {
  for (const costly of ['['.repeat(4_000_000), `[${'[],'.repeat(2_000_000)}1]`, `[${'1,'.repeat(4_000_000)}1]`]) {
    expect(() => read([Buffer.from(`${costly}\n`)], 1e7)).toThrow('too many pieces');
  }
  const text = '[{"\\'.repeat(1000);
  expect(read([Buffer.from(`${JSON.stringify([text])}\n`)], 1e6)).toEqual([[text]]);
  fc.assert(fc.property(fc.json({ maxDepth: 20 }), (json) => read([Buffer.from(`${json}\n`)], 1e6).length === 1));
});

test('jsonLines() is quick with a long line in tiny chunks', () => {
  // One that copied what it has with each chunk would take minutes.
  const tiny = Array.from({ length: 300_000 }, () => Buffer.from('a'));
  expect(read([Buffer.from('"'), ...tiny, Buffer.from('"\n')], 1e7)).toHaveLength(1);
});
