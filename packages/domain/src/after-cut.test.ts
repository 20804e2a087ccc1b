import { expect, test } from 'vitest';
import { afterCut, MAX_CONTINUATIONS } from './after-cut.ts';
import { PromptId } from './id.ts';
import { MAX_PROMPT_BYTES } from './prompt.ts';
import { aPrompt } from './testing/a-prompt.ts';

const given = { id: PromptId.parse('prm_cccccccccccccccccccc'), nowMs: 5 };
const why = 'the agent died';

test('afterCut() fails the turn of an agent that cannot resume, and does not run it again', () => {
  expect(afterCut(aPrompt('a'), { canResume: false }, why, given)).toEqual({
    do: 'end',
    outcome: { kind: 'failed', why },
  });
});

test('afterCut() continues with the request in full, ahead of the queue', () => {
  const next = afterCut(aPrompt('a', { text: 'mend it' }), { canResume: true }, why, given);
  expect(next).toMatchObject({ do: 'continue', prompt: { id: given.id, delivery: 'interrupt', continuations: 1 } });
  expect(next.do === 'continue' && next.prompt.text.endsWith('\n\nmend it')).toBe(true);
});

test('afterCut() does not wrap a continuation in another', () => {
  const first = afterCut(aPrompt('a', { text: 'mend it' }), { canResume: true }, why, given);
  if (first.do !== 'continue') throw new Error('not continued');
  const second = afterCut(first.prompt, { canResume: true }, why, given);
  expect(second).toMatchObject({ do: 'continue', prompt: { text: first.prompt.text, continuations: 2 } });
});

test('afterCut() gives up after the last continuation', () => {
  const cut = aPrompt('a', { continuations: MAX_CONTINUATIONS });
  expect(afterCut(cut, { canResume: true }, why, given)).toMatchObject({ do: 'end', outcome: { kind: 'failed' } });
});

test('afterCut() keeps a continuation within the longest prompt', () => {
  const next = afterCut(aPrompt('a', { text: 'x'.repeat(MAX_PROMPT_BYTES) }), { canResume: true }, why, given);
  expect(next.do === 'continue' && new TextEncoder().encode(next.prompt.text).byteLength).toBe(MAX_PROMPT_BYTES);
});
