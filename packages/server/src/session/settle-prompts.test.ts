import { PromptId } from '@cspace/domain';
import { aPrompt } from '@cspace/domain/testing';
import { expect, test } from 'vitest';
import type { Given } from './apply-event.ts';
import { settlePrompts } from './settle-prompts.ts';

const given: Given = {
  nowMs: 9,
  canResume: true,
  newPromptId: () => PromptId.parse('prm_nnnnnnnnnnnnnnnnnnnn'),
};
const sent = aPrompt('s', { state: { kind: 'sent', supervisor: 'old' } });
const running = aPrompt('r', { state: { kind: 'running', sinceMs: 1 } });

test('settlePrompts() leaves a turn that goes on alone', () => {
  expect(settlePrompts([running], [{ promptId: running.id, running: true }], given).prompts).toEqual([]);
});

test('settlePrompts() queues again what was sent and never taken', () => {
  expect(settlePrompts([sent], [], given).prompts).toEqual([{ ...sent, state: { kind: 'queued' } }]);
});

test('settlePrompts() never gives again what was taken', () => {
  const settled = settlePrompts([sent], [{ promptId: sent.id, running: false }], given);
  expect(settled.prompts.find((each) => each.id === sent.id)?.state).toEqual({
    kind: 'merged',
    into: given.newPromptId(),
  });
});

test('settlePrompts() does not give again even what was put back into the queue, once it was taken', () => {
  const queued = aPrompt('q');
  const settled = settlePrompts([queued], [{ promptId: queued.id, running: false }], { ...given, canResume: false });
  expect(settled.prompts.map((each) => each.state.kind)).toEqual(['done']);
});

test('settlePrompts() cuts a turn of which the supervisor knows nothing', () => {
  const settled = settlePrompts([running, aPrompt('q')], [], given);
  expect(settled.events.map((each) => each.type)).toEqual(['prompt.continued', 'prompt.queued']);
});
