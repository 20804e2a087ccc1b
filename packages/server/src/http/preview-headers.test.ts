import { expect, test } from 'vitest';
import { previewHeaders } from './preview-headers.ts';

const POLICY = ['Referrer-Policy', 'same-origin'];

test.each([
  ['http://localhost:3000/a?b=1#c', '/a?b=1#c'],
  ['HTTP://LOCALHOST:3000', '/'],
  ['http://127.0.0.1:3000/a', '/a'],
  ['http://[::1]:3000/a', '/a'],
  ['http://localhost:3000//evil.example/', '/evil.example/'],
  ['http://localhost:3000/\\\\evil.example', '/evil.example'],
  ['http://user@localhost:3000/', '/'],
  ['http://localhost:3001/a', 'http://localhost:3001/a'],
  ['http://localhost/a', 'http://localhost/a'],
  ['https://localhost:3000/a', 'https://localhost:3000/a'],
  ['http://localhost.example:3000/a', 'http://localhost.example:3000/a'],
  ['/a', '/a'],
  ['//localhost:3000/a', '//localhost:3000/a'],
  ['http://', 'http://'],
])('previewHeaders() makes of the location %s %s', (location, shown) => {
  expect(previewHeaders([['Location', location]], 3000)).toEqual([['Location', shown], POLICY]);
});

test.each([
  ['a=1; Domain=localhost; Path=/', 'a=1; Path=/'],
  ['a=1;domain=.localhost', 'a=1'],
  ['a=1; DOMAIN = x ; domain=y; Secure', 'a=1; Secure'],
  ['a=domain=b; Path=/domain=c', 'a=domain=b; Path=/domain=c'],
  ['a=1; HttpOnly', 'a=1; HttpOnly'],
])('previewHeaders() makes of the cookie %s %s', (cookie, kept) => {
  expect(previewHeaders([['set-cookie', cookie]], 3000)).toEqual([['set-cookie', kept], POLICY]);
});

test('previewHeaders() leaves everything else, in its order, and a policy of the page itself', () => {
  const headers = [
    ['X-A', '1'],
    ['referrer-policy', 'origin'],
    ['x-a', '2'],
  ] as const;
  expect(previewHeaders(headers, 3000)).toEqual(headers);
});
