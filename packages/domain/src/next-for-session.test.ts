import { expect, test } from 'vitest';
import type { Next, Observation, Patience } from './next-for-session.ts';
import { nextForSession } from './next-for-session.ts';
import type { Session } from './session.ts';
import { aSession } from './testing/a-session.ts';

const PATIENCE: Patience = { attachMs: 30_000, backoffMs: [0, 0, 500] };
const NOW = 1_000_000;

const running = { id: aSession().sandboxId, state: 'running', pid: 7, startedAtMs: NOW - 1_000 } as const;
const idle = { id: aSession().sandboxId, state: 'idle' } as const;
const crashed = { id: aSession().sandboxId, state: 'ended', end: { kind: 'exited', exitCode: 137 } } as const;
const started = { kind: 'started', atMs: NOW - 1_000 } as const;
const stopped = { kind: 'stopped', sinceMs: 0, reason: 'asked' } as const;

function see(seen: Partial<Observation>): Observation {
  return { sandbox: { state: 'absent' }, supervisor: 'detached', turnSinceMs: undefined, ...seen };
}

type Row = readonly [behaviour: string, session: Partial<Session>, seen: Partial<Observation>, next: Next];

const rows: readonly Row[] = [
  ['makes a sandbox that is not there', {}, {}, { do: 'create-sandbox' }],
  ['starts a run in a sandbox that is idle', {}, { sandbox: idle }, { do: 'start-run' }],
  [
    'waits for a supervisor that was just started',
    { run: started },
    { sandbox: running },
    { do: 'wait', untilMs: NOW + 29_000 },
  ],
  [
    'ends a run whose supervisor never came',
    { run: started },
    { sandbox: { ...running, startedAtMs: NOW - 30_000 } },
    { do: 'stop-run', why: 'the supervisor does not answer', graceful: false },
  ],
  [
    'waits for the supervisor of a long run when it was just lost, as after a restart of the server',
    { run: started },
    { sandbox: { ...running, startedAtMs: NOW - 900_000 }, missedSinceMs: NOW - 1_000 },
    { do: 'wait', untilMs: NOW + 29_000 },
  ],
  [
    'ends a run whose supervisor does not come back',
    { run: started },
    { sandbox: { ...running, startedAtMs: NOW - 900_000 }, missedSinceMs: NOW - 30_000 },
    { do: 'stop-run', why: 'the supervisor does not answer', graceful: false },
  ],
  [
    'settles as ready once attached',
    { run: started },
    { sandbox: running, supervisor: 'attached' },
    { do: 'settle', as: 'ready' },
  ],
  [
    'has nothing to do for a ready session',
    { run: started, state: { kind: 'ready', sinceMs: 0 } },
    { sandbox: running, supervisor: 'attached' },
    { do: 'nothing' },
  ],
  [
    'settles as working while a turn runs',
    { run: started, state: { kind: 'ready', sinceMs: 0 } },
    { sandbox: running, supervisor: 'attached', turnSinceMs: NOW - 5 },
    { do: 'settle', as: 'working' },
  ],
  [
    'waits for the time limit of a turn',
    { run: started, state: { kind: 'working', sinceMs: 0 } },
    { sandbox: running, supervisor: 'attached', turnSinceMs: NOW - 5 },
    { do: 'wait', untilMs: NOW - 5 + aSession().limits.turnMs },
  ],
  [
    'ends a turn at its time limit',
    { run: started, state: { kind: 'working', sinceMs: 0 } },
    { sandbox: running, supervisor: 'attached', turnSinceMs: NOW - aSession().limits.turnMs },
    { do: 'end-turn' },
  ],
  [
    'records a death before anything else',
    { run: started },
    { sandbox: crashed },
    { do: 'record-end', end: { kind: 'exited', exitCode: 137 } },
  ],
  ['records a run that vanished', { run: started }, { sandbox: idle }, { do: 'record-end', end: { kind: 'unknown' } }],
  [
    'starts again after a recorded death',
    { run: { kind: 'ended', atMs: NOW }, failures: { count: 1, lastAtMs: NOW, why: 'it died' } },
    { sandbox: crashed },
    { do: 'start-run' },
  ],
  [
    'waits longer after more failures',
    { failures: { count: 2, lastAtMs: NOW - 100, why: 'it died' } },
    { sandbox: idle },
    { do: 'wait', untilMs: NOW + 400 },
  ],
  [
    'gives up when there is no patience left',
    { failures: { count: 3, lastAtMs: NOW, why: 'it died' } },
    { sandbox: idle },
    { do: 'give-up', why: 'it died' },
  ],
  [
    'leaves a failed session alone',
    { state: { kind: 'failed', sinceMs: 0, why: 'it died' } },
    { sandbox: idle },
    { do: 'nothing' },
  ],
  [
    'asks the supervisor of a session to be stopped to exit',
    { wanted: { kind: 'stopped', reason: 'asked' }, run: started },
    { sandbox: running, supervisor: 'attached' },
    { do: 'stop-run', why: 'a stop', graceful: true },
  ],
  [
    'ends by force where no supervisor can be asked',
    { wanted: { kind: 'stopped', reason: 'asked' }, run: started },
    { sandbox: running },
    { do: 'stop-run', why: 'a stop', graceful: false },
  ],
  [
    'settles as stopped when the run has ended',
    { wanted: { kind: 'stopped', reason: 'asked' } },
    { sandbox: idle },
    { do: 'settle', as: 'stopped' },
  ],
  [
    'has nothing to do for a stopped session',
    { wanted: { kind: 'stopped', reason: 'asked' }, state: stopped },
    { sandbox: idle },
    { do: 'nothing' },
  ],
  ['removes what is to be removed', { wanted: { kind: 'removed' } }, { sandbox: idle }, { do: 'remove' }],
  [
    'never touches what is removed',
    { wanted: { kind: 'removed' }, state: { kind: 'removed', sinceMs: 0 } },
    {},
    { do: 'nothing' },
  ],
];

test.each(rows)('nextForSession() %s', (_, session, seen, next) => {
  expect(nextForSession(aSession(session), see(seen), NOW, PATIENCE)).toEqual(next);
});
