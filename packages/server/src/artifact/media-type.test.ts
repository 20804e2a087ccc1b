import { expect, test } from 'vitest';
import { mediaType } from './media-type.ts';

test.each([
  ['page.PNG', 'image/png'],
  ['a/b.webm', 'video/webm'],
  ['report.html', 'application/octet-stream'],
  ['drawing.svg', 'application/octet-stream'],
  ['png', 'application/octet-stream'],
  ['x.constructor', 'application/octet-stream'],
])('mediaType() of %s is %s', (name, expected) => expect(mediaType(name)).toBe(expected));
