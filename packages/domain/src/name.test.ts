import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstFreePlanet, PLANETS, parseSessionName } from './name.ts';

test.each([
  ['mars', { name: 'mars', branch: 'mars' }],
  ['Mars', { name: 'mars', branch: 'mars' }],
  ['issue-42', { name: 'issue-42', branch: 'issue-42' }],
  ['a_b', { name: 'a_b', branch: 'a_b' }],
  ['7', { name: '7', branch: '7' }],
  ['x'.repeat(63), { name: 'x'.repeat(63), branch: 'x'.repeat(63) }],
  ['feature/login', { name: 'feature-login', branch: 'feature/login' }],
  ['Feature/Login', { name: 'feature-login', branch: 'Feature/Login' }],
  ['a/b/c', { name: 'a-b-c', branch: 'a/b/c' }],
  ['release/1.2', { name: 'release-1-2', branch: 'release/1.2' }],
  ['_x/y', { name: 'x-y', branch: '_x/y' }],
])('parseSessionName() reads %j', (text, expected) => {
  expect(parseSessionName(text)).toEqual(expected);
});

test.each([
  '',
  '_coordinator',
  '_Coordinator',
  '_mars',
  '-rf',
  '..',
  '.',
  'a.b',
  'mars ',
  'mars\n',
  'mars\nvenus',
  'a\0b',
  '%2e%2e',
  '🪐',
  'x'.repeat(64),
  `a/${'x'.repeat(255)}`,
  `a/${'x'.repeat(62)}`,
  '/',
  '/a',
  'a/',
  'a//b',
  '../a',
  'a/../b',
  'a/.b',
  'a/b.lock',
  'a.lock/b',
  'a/b c',
  'a/b~1',
  'a/b^',
  'a/b:c',
  'a/b?',
  'a/*',
  'a/[b',
  'a\\/b',
  'a/@{b',
  '-a/b',
  'a/b.',
  'a/\u007f',
  'a/\ud800',
  '_/_',
])('parseSessionName() refuses %j', (text) => {
  expect(() => parseSessionName(text)).toThrow(expect.objectContaining({ code: 'invalid' }));
});

test('parseSessionName() gives a name that it reads as itself, or refuses', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\w./-]{1,80}$/)), (text) => {
      let parsed: ReturnType<typeof parseSessionName>;
      try {
        parsed = parseSessionName(text);
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid' });
        return;
      }
      expect(parsed.name).toMatch(/^[a-z0-9][a-z0-9_-]{0,62}$/);
      expect(parseSessionName(parsed.name).name).toBe(parsed.name);
    }),
  );
});

test('firstFreePlanet() goes through the planets, then numbers them', () => {
  const taken: string[] = [];
  for (let count = 0; count < 20; count += 1) taken.push(firstFreePlanet(taken));
  expect(taken.slice(0, 8)).toEqual([...PLANETS]);
  expect(taken.slice(8, 10)).toEqual(['mercury-2', 'venus-2']);
  expect(taken[16]).toBe('mercury-3');
  expect(firstFreePlanet(taken.filter((name) => name !== 'mars'))).toBe('mars');
});

test('firstFreePlanet() is never one that is taken', () => {
  const name = fc.oneof(fc.constantFrom(...PLANETS), fc.constantFrom('mercury-2', 'venus-2', 'issue-1'));
  fc.assert(fc.property(fc.array(name), (taken: string[]) => !taken.includes(firstFreePlanet(taken))));
});
