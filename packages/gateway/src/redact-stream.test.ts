import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redactStream, redactText } from './redact-stream.ts';
import { cutAt } from './testing/cut-at.ts';

const SECRET = 'sk-ant-canary-0123456789+/=';

function pass(secret: string, chunks: readonly Uint8Array[]): string {
  const stream = redactStream(secret);
  return Buffer.concat([...chunks.map((chunk) => stream.push(chunk)), stream.end()]).toString('latin1');
}

/** What of a secret shows in base64 at any offset, less the characters it shares with its neighbours. */
function shows(text: string, secret: string): boolean {
  if (text.includes(secret)) return true;
  return [0, 1, 2].some((offset) => {
    const encoded = Buffer.from(' '.repeat(offset) + secret)
      .toString('base64')
      .replace(/=+$/, '');
    const inner = encoded.slice(offset === 0 ? 0 : offset + 1, -1);
    return text.includes(inner) || text.includes(inner.replaceAll('+', '-').replaceAll('/', '_'));
  });
}

const surroundings = fc.oneof(
  fc.string(),
  fc.constantFrom(SECRET.slice(0, 10), SECRET.slice(5), SECRET.repeat(2), Buffer.from(SECRET).toString('base64')),
);
const hidden = fc
  .tuple(fc.nat(2), fc.constantFrom('plain', 'base64', 'base64url'), surroundings, surroundings)
  .map(([offset, how, before, after]) => {
    if (how === 'plain') return `${before}${SECRET}${after}`;
    const bytes = Buffer.from(`${'x'.repeat(offset)}${SECRET}${after}`);
    return `${before}${bytes.toString(how as 'base64')}`;
  });

test('redactStream() never lets the secret through, plain or in base64, wherever it is cut, and keeps the length', () => {
  fc.assert(
    fc.property(fc.array(hidden, { minLength: 1 }), fc.array(fc.nat(12)), (texts, sizes) => {
      const bytes = Buffer.from(texts.join(''));
      const passed = pass(SECRET, cutAt(bytes, sizes));
      expect(shows(passed, SECRET)).toBe(false);
      expect(passed).toHaveLength(bytes.byteLength);
      expect(passed).toBe(pass(SECRET, [bytes]));
    }),
    { numRuns: 1000 },
  );
});

test('redactStream() changes nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (chunks) => {
      expect(pass(SECRET, chunks)).toBe(Buffer.concat(chunks).toString('latin1'));
    }),
  );
});

test('redactStream() agrees with a plain search for secrets that overlap themselves', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 8, maxLength: 10 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 80 });
  fc.assert(
    fc.property(letters, text, fc.array(fc.nat(9)), (secret, value, sizes) => {
      const masked = [...value].map((letter, at) =>
        [...Array(secret.length).keys()].some((back) => value.startsWith(secret, at - back) && at - back >= 0)
          ? '*'
          : letter,
      );
      expect(pass(secret, cutAt(Buffer.from(value), sizes))).toBe(masked.join(''));
    }),
    { numRuns: 1000 },
  );
});

test('redactStream() holds nothing back that cannot begin a secret', () => {
  const stream = redactStream(SECRET);
  expect(stream.push(Buffer.from('data: {"a":1}\n\n')).toString()).toBe('data: {"a":1}\n\n');
  expect(stream.push(Buffer.from('hello sk-an')).toString()).toBe('hello ');
  expect(stream.push(Buffer.from('gry')).toString()).toBe('sk-angry');
});

test('redactText() masks a header', () => {
  expect(redactText(SECRET, `Bearer ${SECRET}`)).toBe(`Bearer ${'*'.repeat(SECRET.length)}`);
  expect(redactText('short', 'a short word')).toBe('a short word');
});
