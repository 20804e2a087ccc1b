import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { currentRedactor, REDACTED, redactor } from './redact.ts';

const SECRET = 'sk-ant-api03-canary+/secret';

test('redactor() takes a secret out of every string of a value', () => {
  const value = { a: `key ${SECRET}.`, b: [{ c: SECRET }], n: 1 };
  expect(redactor([SECRET])(value)).toEqual({ a: `key ${REDACTED}.`, b: [{ c: REDACTED }], n: 1 });
});

test('redactor() finds it in base64, wherever in a text it starts', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (before, after) => {
      const encoded = Buffer.from(`${before}${SECRET}${after}`).toString('base64');
      const shown = redactor([SECRET])(`text ${encoded} text`);
      const decoded = Buffer.from(shown.slice(5, -5), 'base64').toString('latin1');
      expect(shown).toContain(REDACTED);
      expect(decoded).not.toContain(SECRET);
    }),
  );
});

test('redactor() leaves a value without secrets as it is, and does not take short words for secrets', () => {
  const value = { text: 'a key is a key' };
  expect(redactor(['key', SECRET])(value)).toEqual(value);
});

test('currentRedactor() takes out what is a secret now', () => {
  let secrets = [SECRET];
  const current = currentRedactor(() => secrets);
  expect(current()).toBe(current());
  secrets = [SECRET, 'another-secret'];
  expect(current()(`${SECRET} another-secret`)).toBe(`${REDACTED} ${REDACTED}`);
});
