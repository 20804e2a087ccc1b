import type { Prompt, PromptId } from '@cspace/domain';
import { type Applied, cutTurn, type Given } from './apply-event.ts';

export type Taken = readonly { readonly promptId: PromptId; readonly running: boolean }[];

/**
 * What a supervisor that has just connected, and whose outbox is all in, means for the open prompts. Pure. A prompt it took
 * whose turn does not run was cut off; one that was sent but that it never took waits again; nothing is run twice.
 */
export function settlePrompts(open: readonly Prompt[], taken: Taken, given: Given): Applied {
  const running = new Set(taken.filter((each) => each.running).map((each) => each.promptId));
  const tookEver = new Set(taken.map((each) => each.promptId));
  const prompts: Prompt[] = [];
  const events: Applied['events'][number][] = [];
  for (const prompt of open) {
    if (prompt.state.kind === 'merged' || running.has(prompt.id)) continue;
    if (prompt.state.kind === 'running' || tookEver.has(prompt.id)) {
      const cut = cutTurn(open, prompt, 'the supervisor died', given);
      prompts.push(...cut.prompts);
      events.push(...cut.events);
    } else if (prompt.state.kind === 'sent') {
      prompts.push({ ...prompt, state: { kind: 'queued' } });
      events.push({ type: 'prompt.requeued', promptId: prompt.id, why: 'the supervisor died before it took it' });
    }
  }
  return { prompts, events };
}
