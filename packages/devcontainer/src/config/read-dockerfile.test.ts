// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are variables of what is tested
import { expect, test } from 'vitest';
import { readDockerfile } from './read-dockerfile.ts';

test.for<[string, string, Record<string, string>, string[], boolean]>([
  ['a plain base', 'FROM debian:12\nRUN true\n', {}, ['debian:12'], false],
  [
    'stages',
    'FROM --platform=linux/amd64 a AS one\nFROM One as two\nFROM b\nCOPY --from=two /x /x\nCOPY --from=0 / /',
    {},
    ['a', 'b'],
    false,
  ],
  [
    'other images',
    'FROM a\nCOPY --chown=1 --from=c:1 /x /\nRUN --mount=type=bind,from=d,source=/x true',
    {},
    ['a', 'c:1', 'd'],
    false,
  ],
  ['arguments', 'ARG V=1\nARG N="x"\nFROM $N:${V}-${W:-w}${V:+y}', {}, ['x:1-wy'], false],
  ['given arguments', 'ARG V=1\nFROM a:$V', { V: '2' }, ['a:2'], false],
  ['what only the engine knows', 'FROM a:${TARGETARCH}', {}, [], false],
  ['scratch', 'FROM scratch\nADD x /', {}, [], true],
  ['a copied file', 'from a\ncopy x /', {}, ['a'], true],
  ['a continued line', 'FROM \\\n# comment\n\n  a \\\n  AS b\nRUN x \\\n COPY y', {}, ['a'], false],
  ['another escape', '# syntax=x\n# escape=`\nFROM a `\n AS b\nFROM b', {}, ['a'], false],
  ['a here-document', "FROM a\nRUN <<'E' cat\nFROM b\nCOPY x /\nE\nCOPY --from=c / /", {}, ['a', 'c'], false],
  ['a mounted context', 'FROM a\nRUN --mount=type=bind,target=/x true', {}, ['a'], true],
  ['a cache', 'FROM a\nRUN --mount=type=cache,target=/x true', {}, ['a'], false],
  ['what is no name', 'FROM --help -rf', {}, [], false],
])('readDockerfile() finds the images and whether the context is read: %s', ([, text, args, images, usesContext]) => {
  expect(readDockerfile(text, args)).toEqual({ images, usesContext });
});
