import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isArtifactName } from './artifact-name.ts';

test.each(['page.png', 'shots/one.png', 'a b.txt', '.hidden', '☃ snow.png', '-rf', '...', 'a..b', '$(id)'])(
  'isArtifactName() takes %j',
  (name) => expect(isArtifactName(name)).toBe(true),
);

test.each([
  '',
  '/',
  '/etc/passwd',
  '..',
  '../x',
  'a/../b',
  'a/..',
  './a',
  'a//b',
  'a/',
  'a\nb',
  'a\u0000b',
  '\u001b[31mred',
  'a\u007f',
  'a\u009bb',
  'gnp\u202eexe.',
  'a\\b',
  'a\ud800',
  'x'.repeat(201),
])('isArtifactName() refuses %j', (name) => expect(isArtifactName(name)).toBe(false));

test('isArtifactName() takes nothing that leaves a directory', () => {
  const part = fc.oneof(fc.constantFrom('..', '.', '', 'a'), fc.string());
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const name = parts.join('/');
      if (!isArtifactName(name)) return;
      const url = new URL(`file:///dir/${name.split('/').map(encodeURIComponent).join('/')}`);
      expect(url.pathname.startsWith('/dir/')).toBe(true);
      expect(url.pathname.split('/')).toHaveLength(name.split('/').length + 2);
    }),
  );
});
