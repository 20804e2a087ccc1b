import type { Artifact } from '@cspace/domain';
import { expect, test } from 'vitest';
import { matching } from './matching.ts';

const all = ['a.png', 'shots/b.png', 'a.txt', 'x[1]+.log', 'a.png'].map(
  (name, at) => ({ name, bytes: at }) as Artifact,
);

test.each([
  ['*.png', ['a.png', 'shots/b.png']],
  ['a.???', ['a.png', 'a.txt']],
  ['x[1]+.log', ['x[1]+.log']],
  ['a.pn', []],
  ['apng', []],
  ['shots/*', ['shots/b.png']],
])('matching() by %s', (pattern, names) => {
  expect(matching(all, pattern).map(({ name }) => name)).toEqual(names);
});

test('matching() has of each name the latest', () => {
  expect(matching(all, 'a.png').map(({ bytes }) => bytes)).toEqual([4]);
});
