import { expect, test } from 'vitest';
import { looksEaten } from './looks-eaten.ts';

test.each([
  'fix the  function',
  'it costs ',
  ' is not set',
  'rename  to  everywhere',
  'replace , then push',
  'call it with ( ) and see',
  'Look at . Then push',
  'Mend the function .',
  'The file  is missing.\nAdd it.',
])('looksEaten() is suspicious of %j', (text) => {
  expect(looksEaten(text)).toBeTypeOf('string');
});

test.each([
  'Fix the failing test',
  'Fix `slug()` of $TITLE  now',
  'Two sentences.  With two spaces.',
  'Call foo() and bar("x").',
  'A list:\n\n- one\n-   two\n    indented  code\n\n| a  | b  |',
  'Why?  Because!  Yes.',
  'x',
  'line with break  \nnext',
  'a = b   # comment',
  ':(){ :|:& };:',
  ':() { : | : & } ; :',
  'cd src ; find . -name x ; git add .',
])('looksEaten() trusts %j', (text) => {
  expect(looksEaten(text)).toBeUndefined();
});
