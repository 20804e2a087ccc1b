import { expect, test } from 'vitest';
import { splitWords } from './split-words.ts';

test.for<[string, string[] | undefined]>([
  ['a  b\tc', ['a', 'b', 'c']],
  [`sh -c "echo \\"x\\" $y" 'it is'`, ['sh', '-c', 'echo "x" $y', 'it is']],
  [`a'b'"c"d\\ e`, ['abcd e']],
  [`''`, ['']],
  ['', []],
  ["a 'b", undefined],
])('splitWords() of %s', ([command, words]) => {
  expect(splitWords(command)).toEqual(words);
});
