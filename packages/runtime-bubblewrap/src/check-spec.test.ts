import { aSpec } from '@cspace/runtime-contract/testing';
import { describe, expect, test } from 'vitest';
import { checkCommand, checkSpec } from './check-spec.ts';

describe('checkSpec()', () => {
  test.each(['', '-x', 'a b', 'a.b', 'a\n', 'ä', 'x'.repeat(64), '--bind'])('refuses the host name %j', (hostname) => {
    expect(() => checkSpec(aSpec({ hostname }))).toThrow(expect.objectContaining({ code: 'invalid' }));
  });
  test.each(['', '/', 'opt/x', '/opt/../etc', '/opt//x', '/opt/./x', '/opt/x/', '/a\0b'])(
    'refuses to mount on %j',
    (target) => {
      expect(() => checkSpec(aSpec({ mounts: [{ source: '/tmp', target, mode: 'read-only' }] }))).toThrow(
        expect.objectContaining({ code: 'invalid' }),
      );
    },
  );
  test('takes what is plain', () => {
    checkSpec(aSpec({ hostname: 'a-1', mounts: [{ source: '/a b,c:d', target: '/opt/cspace', mode: 'read-only' }] }));
  });
});

describe('checkCommand()', () => {
  test.each([[{ '': 'x' }], [{ 'A=B': 'x' }]])('refuses the variables %j', (env) => {
    expect(() => checkCommand(aSpec(), { argv: ['true'], env, cwd: '/' })).toThrow(
      expect.objectContaining({ code: 'invalid' }),
    );
  });
});
