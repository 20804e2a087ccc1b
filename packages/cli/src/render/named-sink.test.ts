import { expect, test } from 'vitest';
import { namedSink } from './named-sink.ts';

test('namedSink() names each line once it is whole', () => {
  const written: string[] = [];
  const sink = { write: (text: string | Uint8Array) => written.push(text.toString()) };
  const [mars, venus] = [namedSink(sink, 'mars '), namedSink(sink, 'venus')];
  mars.write('one\ntw');
  venus.write('one\n');
  mars.write('o\n\n');
  expect(written).toEqual(['mars  one\n', 'venus one\n', 'mars  two\n', 'mars  \n']);
});
