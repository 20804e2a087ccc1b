import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJsonc } from './parse-jsonc.ts';

test('parseJsonc() reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseJsonc('f', text)).toEqual(JSON.parse(text));
    }),
  );
});

test('parseJsonc() reads comments and commas at the end', () => {
  const text = '// one\n{ /* two\n */ "a": [1, 2,], // three\n "u": "http://x/*y*/", "b": {"c": null,}, }\n// end';
  expect(parseJsonc('f', text)).toEqual({ a: [1, 2], u: 'http://x/*y*/', b: { c: null } });
});

test('parseJsonc() keeps __proto__ a key', () => {
  const found = parseJsonc('f', '{"__proto__": {"polluted": true}}');
  expect(Object.keys(found as object)).toEqual(['__proto__']);
  expect({}).not.toHaveProperty('polluted');
});

test.for([
  ['{"a": 1 "b": 2}', 'it is not JSON at line 1, column 9'],
  ['{\n"a": }', 'it is not JSON at line 2, column 6'],
  ['{"a": 1', 'it ends too soon, at line 1, column 8'],
  ['{,}', 'it is not JSON at line 1, column 2'],
  ['{} {}', 'it is not JSON at line 1, column 4'],
  ['['.repeat(200), 'it is nested deeper than 100 at line 1, column 102'],
])('parseJsonc() says where %j is wrong', ([text = '', why]) => {
  expect(() => parseJsonc('x.json', text)).toThrow(`Cannot read x.json: ${why}`);
});
