import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kindOfIp, parseIp } from './ip-address.ts';

test('parseIp() writes IPv6 as the URL of the platform does', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const parsed = parseIp(text);
      expect(parsed).toBeDefined();
      if (parsed?.bytes.length !== 16) return;
      expect(`[${parsed.text}]`).toBe(new URL(`http://[${text}]`).hostname);
    }),
    { numRuns: 2000 },
  );
});

test('parseIp() reads what it writes', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
      const parsed = parseIp(text);
      if (parsed !== undefined) expect(parseIp(parsed.text)).toEqual(parsed);
    }),
  );
});

test.each(['', '1', '1.2.3', '01.2.3.4', '1.2.3.4.5', '1.2.3.256', '1.2.3.4 ', '::1%lo', '1::2::3', ':1', '12345::'])(
  'parseIp(%j) is none',
  (text) => {
    expect(parseIp(text)).toBeUndefined();
  },
);

test.each([
  ['9.255.255.255', 'public'],
  ['10.0.0.0', 'private'],
  ['10.255.255.255', 'private'],
  ['11.0.0.0', 'public'],
  ['126.255.255.255', 'public'],
  ['128.0.0.0', 'public'],
  ['223.255.255.255', 'public'],
  ['fbff::', 'never'],
  ['fdff:ffff::', 'private'],
  ['2001:200::1', 'public'],
  ['2001:1ff::1', 'never'],
])('kindOfIp(%s) is %s', (text, kind) => {
  const parsed = parseIp(text);
  expect(parsed && kindOfIp(parsed)).toBe(kind);
});
