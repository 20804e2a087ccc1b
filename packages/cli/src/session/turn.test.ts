import type { TurnOutcome } from '@cspace/domain';
import type { Event } from '@cspace/protocol';
import { expect, test } from 'vitest';
import { exitCodeOfOutcome, foldTurn, type Turn } from './turn.ts';

const [ours, other, third] = ['a', 'b', 'c'].map((letter) => `prm_${letter.repeat(20)}`) as [never, never, never];
const ended = (promptId: never, outcome: TurnOutcome): Event => ({ type: 'turn.ended', promptId, outcome, ms: 1 });
const state = (reason: 'idle' | 'asked' | 'crashed' | 'interrupted' | 'limit'): Event => ({
  type: 'session.state',
  state: { kind: 'stopped', sinceMs: 0, reason },
});
const finished: TurnOutcome = { kind: 'finished' };

const restarted: readonly Event[] = [
  { type: 'prompt.continued', promptId: ours, by: other, why: 'it hangs' },
  {
    type: 'prompt.queued',
    promptId: other,
    from: { kind: 'cspace', why: 'restart' },
    delivery: 'interrupt',
    text: 'go on',
  },
  ended(ours, { kind: 'cancelled', by: 'a stop' }),
  state('asked'),
];

const rows: readonly (readonly [string, readonly Event[], TurnOutcome | undefined])[] = [
  ['its own turn', [ended(ours, finished)], finished],
  ['not the turn of another', [ended(other, finished)], undefined],
  [
    'the turn it was steered into',
    [{ type: 'prompt.accepted', promptId: ours, how: { kind: 'steered', into: other } }, ended(other, finished)],
    finished,
  ],
  [
    'the turn that goes on after a crash, twice',
    [
      ended(ours, { kind: 'cut', why: 'killed' }),
      { type: 'prompt.continued', promptId: ours, by: other, why: 'killed' },
      { type: 'prompt.continued', promptId: other, by: third, why: 'killed' },
      ended(third, finished),
    ],
    finished,
  ],
  ['the turn that goes on after its supervisor was replaced', [...restarted, ended(other, finished)], finished],
  [
    'a stop by somebody once that turn runs',
    [...restarted, { type: 'prompt.accepted', promptId: other, how: { kind: 'started' } }, state('asked')],
    { kind: 'cancelled', by: 'a stop' },
  ],
  [
    'a turn that is cut off and does not go on',
    [ended(ours, { kind: 'cut', why: 'x' }), ended(ours, { kind: 'failed', why: 'x' })],
    { kind: 'failed', why: 'x' },
  ],
  ['sleep, from which the prompt wakes it', [state('idle'), state('crashed')], undefined],
  ['a stop by somebody', [state('asked')], { kind: 'cancelled', by: 'a stop' }],
  [
    'a failed start',
    [{ type: 'session.state', state: { kind: 'failed', sinceMs: 0, why: 'no disk', hint: 'make room' } }],
    { kind: 'failed', why: 'no disk', hint: 'make room' },
  ],
  [
    'removal',
    [{ type: 'session.state', state: { kind: 'removed', sinceMs: 0 } }],
    { kind: 'failed', why: 'the session was removed' },
  ],
  ['only the first end', [ended(ours, finished), state('asked')], finished],
];

test.each(rows)('foldTurn() ends with %s', (_, events, outcome) => {
  const turn = events.reduce<Turn>(foldTurn, { ids: [ours], outcome: undefined });
  expect(turn.outcome).toEqual(outcome);
});

test.each<readonly [TurnOutcome, number]>([
  [finished, 0],
  [{ kind: 'cancelled', by: 'ada' }, 130],
  [{ kind: 'refused' }, 5],
  [{ kind: 'limit', limit: 'budget' }, 6],
  [{ kind: 'cut', why: '' }, 1],
  [{ kind: 'failed', why: '' }, 1],
])('exitCodeOfOutcome(%o) is %i', (outcome, exitCode) => {
  expect(exitCodeOfOutcome(outcome)).toBe(exitCode);
});
