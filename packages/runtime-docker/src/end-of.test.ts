import { expect, test } from 'vitest';
import { endOf } from './end-of.ts';

const ran = { Status: 'exited', Pid: 0, ExitCode: 0, OOMKilled: false, StartedAt: '2026-01-01T00:00:00Z' };

test.each([
  [{ Status: 'created' }, false, undefined],
  [{ StartedAt: '0001-01-01T00:00:00Z' }, false, undefined],
  [{}, false, { kind: 'exited', exitCode: 0 }],
  [{ ExitCode: 7 }, false, { kind: 'exited', exitCode: 7 }],
  [{ ExitCode: 139 }, false, { kind: 'signalled', signal: 'SIGSEGV' }],
  [{ ExitCode: 137 }, true, { kind: 'signalled', signal: 'SIGKILL' }],
  [{ ExitCode: 137, OOMKilled: true }, false, { kind: 'limit', limit: 'memory' }],
  [{ ExitCode: 137, OOMKilled: true }, true, { kind: 'signalled', signal: 'SIGKILL' }],
  [{ ExitCode: 0, OOMKilled: true }, false, { kind: 'exited', exitCode: 0 }],
  [{ ExitCode: 255, Status: 'dead' }, false, { kind: 'unknown' }],
] as const)('endOf(%j, %j) is %j', (state, wasKilled, end) => {
  expect(endOf({ ...ran, ...state }, wasKilled)).toEqual(end);
});
