import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldedRef, refNameProblem } from './ref-name.ts';

test.each([
  'refs/heads/mars',
  'refs/heads/feature/one',
  'refs/heads/issue-42',
  'refs/heads/héllo/日本',
  'refs/heads/a.b',
  'refs/tags/v1.0',
  'refs/cspace/shadow',
])('refNameProblem(%j) accepts', (ref) => {
  expect(refNameProblem(ref)).toBeUndefined();
});

test.each([
  '',
  'main',
  'HEAD',
  'refs/heads',
  'refs/heads/',
  'refs//heads/a',
  'refs/heads/a/',
  'refs/heads//a',
  'refs/heads/../../config',
  'refs/heads/a..b',
  'refs/heads/.hidden',
  'refs/heads/a/.b',
  'refs/heads/a.',
  'refs/heads/a.lock',
  'refs/heads/a.LOCK/b',
  'refs/heads/-rf',
  'refs/heads/a b',
  'refs/heads/a\nb',
  'refs/heads/a\u0000b',
  'refs/heads/a\u001b[31mb',
  'refs/heads/a\u202eb',
  'refs/heads/a\u200bb',
  'refs/heads/a\ufffdb',
  'refs/heads/\ud800',
  'refs/heads/a@{1}',
  'refs/heads/a~1',
  'refs/heads/a:b',
  'refs/heads/a*',
  'refs/heads/a\\b',
  'refs/heads/HEAD',
  'refs/heads/head',
  'refs/heads/@',
  'refs/heads/refs/heads/a',
  `refs/heads/${'a'.repeat(201)}`,
  `refs/heads/${'a/'.repeat(300)}b`,
])('refNameProblem(%j) refuses', (ref) => {
  expect(refNameProblem(ref)).toBeTypeOf('string');
});

test('refNameProblem() leaves no name that leads out of its directory or is read as a flag', () => {
  const piece = fc.constantFrom('a', '.', '..', '/', '-', '\n', '*', '@', '{', 'refs', 'heads', ' ', '%2e', 'é');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const ref = `refs/heads/${pieces.join('')}`;
      if (refNameProblem(ref) !== undefined) return;
      for (const part of ref.split('/')) {
        expect(part).not.toMatch(/^$|^\.|^-|\.$/);
      }
      expect(ref).toMatch(/^[^\s*]+$/);
    }),
  );
});

test('foldedRef() is the same for names that a file system may confuse', () => {
  expect(foldedRef('refs/heads/Main')).toBe(foldedRef('refs/heads/main'));
  expect(foldedRef('refs/heads/e\u0301')).toBe(foldedRef('refs/heads/\u00e9'));
});
