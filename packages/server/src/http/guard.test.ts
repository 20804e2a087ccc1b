import { expect, test } from 'vitest';
import { guard } from './guard.ts';

const ours = { token: 'right-token', hosts: ['127.0.0.1:7777', 'localhost:7777'] };
const good = { host: '127.0.0.1:7777', authorization: 'Bearer right-token' };

const rows = [
  ['lets the token pass', good, true],
  ['lets a page of ours pass', { ...good, origin: 'http://localhost:7777' }, true],
  ['refuses without a token', { host: good.host }, 401],
  ['refuses a wrong token', { ...good, authorization: 'Bearer wrong-token' }, 401],
  ['refuses a token that only begins right', { ...good, authorization: 'Bearer right-token-and' }, 401],
  ['refuses another scheme', { ...good, authorization: 'Basic right-token' }, 401],
  ['refuses a host that is not ours', { ...good, host: 'evil.example' }, 403],
  ['refuses our host on another port', { ...good, host: '127.0.0.1:07777' }, 403],
  ['refuses no host', { authorization: good.authorization }, 403],
  ['refuses a page of another origin', { ...good, origin: 'http://evil.example' }, 403],
  ['refuses an opaque origin', { ...good, origin: 'null' }, 403],
] as const;

test.each(rows)('guard() %s', (_, headers, expected) => {
  const guarded = guard({ headers }, ours);
  expect(guarded.allowed ? true : guarded.status).toBe(expected);
});
