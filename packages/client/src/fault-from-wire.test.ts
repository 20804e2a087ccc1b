import { FAULTS, type FaultCode } from '@cspace/domain';
import { expect, test } from 'vitest';
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
