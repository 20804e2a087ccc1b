import { FAULTS, type FaultCode } from '@cspace/domain';
import { expect, test } from 'vitest';
import { connect } from './connect.ts';
import { faultFromWire } from './fault-from-wire.ts';

test.each(Object.entries(FAULTS))('faultFromWire() gives back %s with its words', (code, { status }) => {
  const body = { defined: true, code, status, message: 'Cannot do it: it is so', data: { hint: 'Do something else' } };
  const fault = faultFromWire(body, status);
  expect(fault).toMatchObject({ name: 'Fault', code, message: 'Cannot do it: it is so', hint: 'Do something else' });
});

const rows: readonly (readonly [string, unknown, number, FaultCode])[] = [
  ['a status when the code is a stranger', { code: 'BAD_REQUEST', message: 'no' }, 400, 'invalid'],
  ['a status when there is no body', undefined, 404, 'not-found'],
  ['a proxy that found nobody', '<html>', 502, 'unavailable'],
  ['an answer that makes no sense', [1, 2], 200, 'bug'],
  ['a code that is on the prototype', { code: 'constructor', message: 'no' }, 403, 'denied'],
];

test.each(rows)('faultFromWire() understands %s', (_, body, status, code) => {
  expect(faultFromWire(body, status).code).toBe(code);
});

test('faultFromWire() says what a schema refused', () => {
  const issues = [{ path: ['budgetUsd'], message: 'Too small' }, { message: 'and more' }, 'junk'];
  const fault = faultFromWire({ code: 'BAD_REQUEST', message: 'Input validation failed', data: { issues } }, 400);
  expect(fault.message).toBe('Cannot do this: the server refuses budgetUsd: Too small, and more');
  expect(fault.hint).toContain('another version');
});

const strict = {
  code: 'BAD_REQUEST',
  message: 'Input validation failed',
  data: { issues: [{ message: 'Unrecognized key' }] },
};
const noPath = {
  code: 'not-found',
  message: 'Cannot answer: there is nothing at this path',
  data: { unknownPath: true },
};
const gone = { code: 'not-found', message: 'Cannot find session mars', data: {} };

test.each([
  ['tells of another version that does not know a key', '9.9.9', 400, strict, 'version 9.9.9, this is 1.0.0'],
  ['tells of another version that does not know a path', '9.9.9', 404, noPath, 'version 9.9.9, this is 1.0.0'],
  ['does not repeat a version that is none', 'x y\u001b', 400, strict, 'version unknown, this is 1.0.0'],
  ['leaves what another version knows', '9.9.9', 404, gone, 'Cannot find session mars'],
  ['leaves a mistake to whoever made it', '1.0.0', 400, strict, 'the server refuses Unrecognized key'],
  ['leaves a server that does not say its version', null, 400, strict, 'the server refuses Unrecognized key'],
])('connect() %s', async (_, version, status, body, message) => {
  const headers = { get: (name: string) => (name === 'cspace-version' ? version : null) };
  const fetch = async () => ({ status, headers, body: null, text: async () => JSON.stringify(body) });
  const client = connect({ url: 'http://localhost', version: '1.0.0', fetch });
  await expect(client.server.health()).rejects.toThrow(message);
});
