import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { neutralLine, neutralText } from './neutral.ts';

/** What could drive a terminal or deceive the eye. */
const DRIVES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what is looked for
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u;

const pieces = fc.constantFrom(
  '\x1b',
  '\x1b[',
  '\x1b]',
  '31m',
  '\x1b[2J',
  '\x1b]52;c;aGk=\x07',
  '\x1b]8;;http://x\x1b\\',
  '\x1bP',
  '\x07',
  '\x08',
  '\r',
  '\n',
  '\r\n',
  '\t',
  '\x7f',
  '\x9b',
  '\x9d',
  '\u202e',
  '\u2066',
  '\u200f',
  '\u2028',
  '\ufeff',
  '\u{e0041}',
  '\ud800',
  'm',
  '0',
  'text',
  '👩‍👩‍👧',
  'é',
);
const hostile = fc.oneof(
  fc.array(pieces).map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
);

test('neutralText() leaves nothing that drives a terminal, however it is put together', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const neutral = neutralText(text);
      expect(neutral).not.toMatch(DRIVES);
      expect(neutral.isWellFormed()).toBe(true);
      expect(neutralText(neutral)).toBe(neutral);
    }),
    { numRuns: 2_000 },
  );
});

test('neutralLine() is one line', () => {
  fc.assert(fc.property(hostile, (text) => !/[\n\r\t]/.test(neutralLine(text)) && !DRIVES.test(neutralLine(text))));
});

test('neutralText() leaves plain text alone', () => {
  for (const text of ['# Title\n\n- a\tb\n', 'über 漢字 👩‍👩‍👧 ✔ → …', '```sh\nls\n```', 'עברית العربية']) {
    expect(neutralText(text)).toBe(text);
  }
});

test.each([
  ['\x1b[31mred\x1b[0m', 'red'],
  ['\x1b[2Jgone', '␛[2Jgone'],
  ['\x1b]52;c;aGk=\x07', '␛]52;c;aGk=␇'],
  ['a\r\nb\rc', 'a\nb␍c'],
  ['gpj.\u202eexe', 'gpj.<U+202E>exe'],
  ['\x9b31m', '<U+009B>31m'],
])('neutralText(%j) is %j', (text, neutral) => {
  expect(neutralText(text)).toBe(neutral);
});
