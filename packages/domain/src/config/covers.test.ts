import { expect, test } from 'vitest';
import { branchCovers, hostCovers } from './covers.ts';

test.each([
  ['api.example.com:443', 'api.example.com:443', true],
  ['api.example.com', 'api.example.com:443', true],
  ['api.example.com', 'API.example.com', true],
  ['api.example.com', 'api.example.com:80', false],
  ['*.example.com', 'api.example.com', true],
  ['*.example.com', 'a.b.example.com', true],
  ['*.example.com', '*.b.example.com', true],
  ['*.example.com', '*.example.com', true],
  ['*.example.com', 'example.com', false],
  ['*.example.com', 'evilexample.com', false],
  ['*.example.com:8443', 'api.example.com', false],
  ['example.com', '*.example.com', false],
  ['*.b.example.com', '*.example.com', false],
  ['example.com', 'example.com.', false],
  ['example.com', 'example.com\0.evil.com', false],
  ['*.example.com', 'evil.com/.example.com', false],
  ['example.com:443', 'example.com:0443', false],
  ['*', 'example.com', false],
  ['*', '*', false],
])('hostCovers(%j, %j) is %j', (wide, narrow, covers) => {
  expect(hostCovers(wide, narrow)).toBe(covers);
});

test.each([
  ['main', 'main', true],
  ['refs/heads/main', 'main', true],
  ['main', 'maintenance', false],
  ['feature/*', 'feature/x', true],
  ['feature/*', 'feature/a*', true],
  ['feature/*', 'feature/*', true],
  ['feature/a*', 'feature/*', false],
  ['feature/x', 'feature/*', false],
  ['*', '*', true],
])('branchCovers(%j, %j) is %j', (wide, narrow, covers) => {
  expect(branchCovers(wide, narrow)).toBe(covers);
});
