import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseYaml } from './parse-yaml.ts';

test.for<[string, string, unknown]>([
  ['nothing', '# only a comment\n', null],
  [
    'scalars',
    'a: 1\nb: true\nc: ~\nd:\ne: 1.5\nf: 0x10\ng: text # c\nh: a#b\ni: yes\n',
    { a: 1, b: true, c: null, d: null, e: 1.5, f: 16, g: 'text', h: 'a#b', i: 'yes' },
  ],
  ['quotations', `a: "x # \\"y\\" \\u0041"\nb: 'it''s'\n"c d": 'e'\n`, { a: 'x # "y" A', b: "it's", 'c d': 'e' }],
  ['addresses', 'a: http://x:80/#y\nb: 127.0.0.1:80:80\n', { a: 'http://x:80/#y', b: '127.0.0.1:80:80' }],
  ['lists', 'a:\n- 1\n- b: 2\n  c: 3\n-\n  - 4\nd:\n  - - 5\n    - 6\n', { a: [1, { b: 2, c: 3 }, [4]], d: [[5, 6]] }],
  [
    'brackets',
    'a: [1, "x", {b: c, d: , e}]\nf: {g: [\n  1,\n  2 ] }\nh: []\n',
    { a: [1, 'x', { b: 'c', d: null, e: null }], f: { g: [1, 2] }, h: [] },
  ],
  [
    'blocks of text',
    'a: |\n  one\n   two\n\nb: >-\n  one\n  two\n\n  three\nc: |+\n  x\n\nd: 1\n',
    { a: 'one\n two\n', b: 'one two\nthree', c: 'x\n\n', d: 1 },
  ],
  ['continued texts', 'a: one\n  two\nb: "one\n  two"\n', { a: 'one two', b: 'one two' }],
  [
    'aliases and merges',
    'a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc: *a\nd: &d\n  - z\ne: *d\n',
    { a: { x: 1, y: 2 }, b: { x: 1, y: 3 }, c: { x: 1, y: 2 }, d: ['z'], e: ['z'] },
  ],
  ['a marked document', '---\na:\r\n  - b\r\n', { a: ['b'] }],
])('parseYaml() reads %s', ([, text, value]) => {
  expect(parseYaml('f', text)).toEqual(value);
});

test('parseYaml() reads JSON, which is YAML', () => {
  const json = fc.jsonValue({ noUnicodeString: false }).filter((value) => !JSON.stringify(value).includes('-0'));
  fc.assert(
    fc.property(json, (value) => {
      expect(parseYaml('f', JSON.stringify({ value }, undefined, 1))).toEqual(JSON.parse(JSON.stringify({ value })));
    }),
  );
});

test('parseYaml() ends, with a value or a fault, whatever it reads', () => {
  const piece = fc.constantFrom(...'a: \n-[]{}"\'|>#,?!\t'.split(''), '  ', '&x', '*x', '<<');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      try {
        parseYaml('f', pieces.join(''));
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid', message: expect.stringMatching(/^Cannot read f: ./) });
      }
    }),
    { numRuns: 300 },
  );
});

test.for([
  ['a: [1, 2\n', 'in line 2'],
  ['a: 1\na: 2\n', 'in line 2'],
  ['a: *no\n', 'no'],
  ['a: !!js/function x\n', 'in line 1'],
  ['a: 1\n---\nb: 2\n', 'multiple documents'],
  [
    `a: &a [1,1,1,1,1,1,1,1,1,1]\n${'bcdefgh'.replaceAll(/./g, (to, at) => `${to}: &${to} [${`*${'abcdefg'[at]},`.repeat(10)}]\n`)}`,
    'alias',
  ],
  ['x'.repeat(2 ** 20 + 1), 'longer than 1 MiB'],
])('parseYaml() refuses %j', ([text = '', why = '']) => {
  const fault = expect.objectContaining({ code: 'invalid', message: expect.stringContaining(why) });
  expect(() => parseYaml('f', text)).toThrow(fault);
});
