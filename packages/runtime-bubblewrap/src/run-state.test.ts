import { describe, expect, test } from 'vitest';
import { sandboxEnd } from './run-state.ts';

describe('sandboxEnd()', () => {
  const cases = [
    [{ exitCode: 0, oomKills: 0 }, undefined, { kind: 'exited', exitCode: 0 }],
    [{ exitCode: 0, oomKills: 3 }, undefined, { kind: 'exited', exitCode: 0 }],
    [{ exitCode: 2, oomKills: 0 }, undefined, { kind: 'exited', exitCode: 2 }],
    [{ exitCode: 128, oomKills: 0 }, undefined, { kind: 'exited', exitCode: 128 }],
    [{ exitCode: 255, oomKills: 0 }, undefined, { kind: 'exited', exitCode: 255 }],
    [{ exitCode: 143, oomKills: 0 }, undefined, { kind: 'signalled', signal: 'SIGTERM' }],
    [{ exitCode: 137, oomKills: 0 }, undefined, { kind: 'signalled', signal: 'SIGKILL' }],
    [{ exitCode: 137, oomKills: 1 }, undefined, { kind: 'limit', limit: 'memory' }],
    [{ exitCode: 153, oomKills: 0 }, undefined, { kind: 'limit', limit: 'disk' }],
    [{ exitCode: 137, oomKills: 0 }, 'disk', { kind: 'limit', limit: 'disk' }],
    [{ exitCode: 0, oomKills: 0 }, 'nonsense', { kind: 'exited', exitCode: 0 }],
    [undefined, undefined, { kind: 'unknown' }],
  ] as const;
  test.each(cases)('%j, limit %s', (end, limit, expected) => {
    expect(sandboxEnd(end, limit)).toEqual(expected);
  });
});
