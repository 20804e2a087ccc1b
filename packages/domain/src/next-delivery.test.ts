import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextDelivery } from './next-delivery.ts';
import type { Prompt } from './prompt.ts';
import { aPrompt } from './testing/a-prompt.ts';

const running = aPrompt('r', { state: { kind: 'running', sinceMs: 1 } });
const sent = aPrompt('s', { state: { kind: 'sent', supervisor: 'x' } });
const queue = aPrompt('q');
const steer = aPrompt('t', { delivery: 'steer' });
const interrupt = aPrompt('i', { delivery: 'interrupt' });

type Row = readonly [behaviour: string, open: readonly Prompt[], canSteer: boolean, given: readonly [string, string][]];

const rows: readonly Row[] = [
  ['gives nothing when nothing waits', [], true, []],
  ['gives the oldest to an idle agent', [queue, steer], true, [[queue.id, 'queue']]],
  ['gives an interrupt first', [queue, interrupt], true, [[interrupt.id, 'queue']]],
  ['holds the queue while a turn runs', [running, queue], true, []],
  ['gives a steer into a running turn', [running, queue, steer], true, [[steer.id, 'steer']]],
  ['holds a steer for an agent that cannot', [running, steer], false, []],
  ['gives an interrupt instead of the turn', [running, steer, interrupt], true, [[interrupt.id, 'interrupt']]],
  ['gives nothing while one is on its way', [sent, queue, steer, interrupt], true, []],
];

test.each(rows)('nextDelivery() %s', (_, open, canSteer, given) => {
  expect(nextDelivery(open, { canSteer }).map((each) => [each.promptId, each.delivery])).toEqual(given);
});

test('nextDelivery() gives only what is queued, and never starts a second turn', () => {
  const anyPrompt = fc.record({
    letter: fc.constantFrom(...'abcdefghij'),
    delivery: fc.constantFrom('queue', 'steer', 'interrupt' as const),
    state: fc.constantFrom<Prompt['state']>(
      { kind: 'queued' },
      { kind: 'running', sinceMs: 1 },
      { kind: 'sent', supervisor: 'x' },
    ),
  });
  fc.assert(
    fc.property(fc.uniqueArray(anyPrompt, { selector: (each) => each.letter }), fc.boolean(), (made, canSteer) => {
      const open = made.map(({ letter, ...rest }) => aPrompt(letter, rest));
      const given = nextDelivery(open, { canSteer });
      const queued = new Set(open.filter((each) => each.state.kind === 'queued').map((each) => each.id));
      expect(given.every((each) => queued.has(each.promptId))).toBe(true);
      const starts = given.filter((each) => each.delivery === 'queue').length;
      expect(starts).toBeLessThanOrEqual(open.some((each) => each.state.kind !== 'queued') ? 0 : 1);
    }),
  );
});
