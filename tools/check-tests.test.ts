import { expect, test } from 'vitest';
import { checkTests } from './check-tests.ts';

const check = (text: string) => checkTests([{ path: 'a.test.ts', text }]);

test.each([
  "test('a', () => {});",
  '// reason: the machine has no Docker\ntest.skipIf(!docker)("a", () => {});',
  'test.skip("a", () => {}); // reason: #12',
  "context.skip('no Docker here');",
  'context.skip(DOCKER.missing);',
  "context.skip(!docker, 'no Docker here');",
  'list.only = 1;',
])('checkTests() allows %s', (text) => {
  expect(check(text)).toEqual([]);
});

test.each([
  "vi.mock('./a.ts');",
  "vi.doMock('./a.ts');",
  "jest.mock('a');",
  "test.only('a', () => {});",
  "test.concurrent.only('a', () => {});",
  "describe.only('a', () => {});",
  "test.skip('a', () => {});",
  "test.skipIf(!docker)('a', () => {});",
  "test.todo('a');",
  'context.skip();',
  'context.skip(docker);',
])('checkTests() refuses %s', (text) => {
  expect(check(text)).toHaveLength(1);
});

test('checkTests() says where', () => {
  expect(check("\n\ntest.only('a')")[0]?.file).toBe('a.test.ts:3');
});
