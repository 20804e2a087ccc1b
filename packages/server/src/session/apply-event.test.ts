import { type Prompt, PromptId } from '@cspace/domain';
import { aPrompt } from '@cspace/domain/testing';
import { expect, test } from 'vitest';
import { applyEvent, type Given } from './apply-event.ts';

const given: Given = {
  nowMs: 9,
  canResume: true,
  newPromptId: () => PromptId.parse('prm_nnnnnnnnnnnnnnnnnnnn'),
};
const sent = aPrompt('a', { state: { kind: 'sent', supervisor: 'x' } });
const running = aPrompt('a', { state: { kind: 'running', sinceMs: 1 } });
const merged = aPrompt('b', { state: { kind: 'merged', into: running.id } });
const mergedTwice = aPrompt('c', { state: { kind: 'merged', into: merged.id } });

function states(prompts: readonly Prompt[]): unknown {
  return Object.fromEntries(prompts.map((each) => [each.text, each.state]));
}

test('applyEvent() an accepted prompt runs', () => {
  const { prompts } = applyEvent(
    [sent],
    { type: 'prompt.accepted', promptId: sent.id, how: { kind: 'started' } },
    given,
  );
  expect(states(prompts)).toEqual({ 'do a': { kind: 'running', sinceMs: 9 } });
});

test('applyEvent() a steered prompt is merged into the turn', () => {
  const how = { kind: 'steered', into: running.id } as const;
  const { prompts } = applyEvent(
    [running, aPrompt('b')],
    { type: 'prompt.accepted', promptId: aPrompt('b').id, how },
    given,
  );
  expect(states(prompts)).toEqual({ 'do b': { kind: 'merged', into: running.id } });
});

test('applyEvent() the end of a turn is the end of all that was merged into it', () => {
  const outcome = { kind: 'finished' } as const;
  const event = { type: 'turn.ended', promptId: running.id, outcome, ms: 3 } as const;
  const done = { kind: 'done', outcome, endedAtMs: 9 };
  expect(states(applyEvent([running, merged, mergedTwice], event, given).prompts)).toEqual({
    'do a': done,
    'do b': done,
    'do c': done,
  });
});

test('applyEvent() the end of a turn that goes on as another changes nothing', () => {
  const event = {
    type: 'turn.ended',
    promptId: merged.id,
    outcome: { kind: 'cancelled', by: 'a restart' },
    ms: 3,
  } as const;
  expect(applyEvent([running, merged], event, given)).toEqual({ prompts: [], events: [] });
});

test('applyEvent() a cut turn goes on as a new prompt that answers all it had', () => {
  const event = { type: 'turn.ended', promptId: running.id, outcome: { kind: 'cut', why: 'it died' }, ms: 3 } as const;
  const applied = applyEvent([running, merged], event, given);
  const into = { kind: 'merged', into: given.newPromptId() };
  expect(applied.prompts.map((each) => each.state)).toEqual([{ kind: 'queued' }, into, into]);
  expect(applied.events.map((each) => each.type)).toEqual(['prompt.continued', 'prompt.queued']);
});

test('applyEvent() an event about a prompt that is not open changes nothing', () => {
  const event = { type: 'turn.ended', promptId: running.id, outcome: { kind: 'finished' }, ms: 3 } as const;
  expect(applyEvent([], event, given)).toEqual({ prompts: [], events: [] });
});
