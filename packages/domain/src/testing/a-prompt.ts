import { PromptId } from '../id.ts';
import type { Prompt } from '../prompt.ts';

/** A queued prompt for a test; `letter` makes its id. */
export function aPrompt(letter: string, changes: Partial<Prompt> = {}): Prompt {
  return {
    id: PromptId.parse(`prm_${letter.repeat(20)}`),
    text: `do ${letter}`,
    from: { kind: 'user', name: 'ann' },
    delivery: 'queue',
    queuedAtMs: 0,
    continuations: 0,
    state: { kind: 'queued' },
    ...changes,
  };
}
