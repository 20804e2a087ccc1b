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
  const piece = fc.constantFrom(
    'a',
    ':',
    ' ',
    '\n',
    '-',
    '  ',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '|',
    '>',
    '&x',
    '*x',
    '#',
    ',',
    '<<',
    '?',
    '!',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      try {
        parseYaml('f', pieces.join(''));
      } catch (error) {
        expect(error).toMatchObject({
          code: 'invalid',
          message: expect.stringMatching(/^Cannot read f: .*, in line \d+$/),
        });
      }
    }),
    { numRuns: 500 },
  );
});

test.for([
  ['a: b\n  c: d\n', 'there is a key inside a text, in line 2'],
  ['a: b: c\n', 'there is a key inside a text, in line 1'],
  ['a: [1, 2\n', 'it does not end, in line 1'],
  ['\ta: b\n', 'it is indented with a tab, in line 1'],
  ['a: 1\na: 2\n', 'a is there twice, in line 2'],
  ['a: *no\n', 'there is no anchor &no before'],
  ['a: !x y\n', 'the tag !x is not known, in line 1'],
  ['? a\n: b\n', 'a key is a collection, in line 1'],
  ['a: 1\n---\nb: 2\n', 'it has a second document or a directive, in line 2'],
  ['a:\n    b: 1\n  c: 2\n', 'it is indented further than what is before, in line 3'],
  ['- a\nb: 1\n', 'it is not where it belongs, in line 2'],
])('parseYaml() refuses %j', ([text = '', why]) => {
  expect(() => parseYaml('f', text)).toThrow(`Cannot read f: ${why}`);
});

test('parseYaml() does not let aliases grow without bounds', () => {
  const levels = Array.from(
    { length: 12 },
    (_, at) => `l${at}: &l${at} [${at === 0 ? 'x' : Array(9).fill(`*l${at - 1}`)}]`,
  );
  expect(() => parseYaml('f', levels.join('\n'))).toThrow('Cannot read f: its aliases make it too large');
});

test.for([
  ['spaces', `a${' '.repeat(500_000)}b`],
  ['blank lines', '\n'.repeat(500_000)],
  ['a quotation', `a: "${' '.repeat(500_000)}"`],
])('parseYaml() reads many %s in time', ([, text = '']) => {
  const started = performance.now();
  parseYaml('f', text);
  expect(performance.now() - started).toBeLessThan(2000);
});
