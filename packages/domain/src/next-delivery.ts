import type { PromptId } from './id.ts';
import type { Delivery, Prompt } from './prompt.ts';

/** One prompt to give to the supervisor now, and how. */
export type Give = { readonly promptId: PromptId; readonly delivery: Delivery };

/**
 * Which of a session's open prompts (oldest first) go to its supervisor now. Pure.
 *
 * One turn at a time: while one is on its way or runs, only steers and interrupts are given, in their order, and an
 * interrupt is the last thing given. An idle agent gets the oldest interrupt, else the oldest prompt.
 */
export function nextDelivery(open: readonly Prompt[], agent: { readonly canSteer: boolean }): readonly Give[] {
  const queued = open.filter((prompt) => prompt.state.kind === 'queued');
  const busy = open.some((prompt) => prompt.state.kind === 'sent' || prompt.state.kind === 'running');
  if (!busy) {
    const first = queued.find((prompt) => prompt.delivery === 'interrupt') ?? queued[0];
    return first === undefined ? [] : [{ promptId: first.id, delivery: 'queue' }];
  }
  if (!open.some((prompt) => prompt.state.kind === 'running')) return [];
  const interrupt = queued.find((prompt) => prompt.delivery === 'interrupt');
  if (interrupt !== undefined) return [{ promptId: interrupt.id, delivery: 'interrupt' }];
  if (!agent.canSteer) return [];
  return queued
    .filter((prompt) => prompt.delivery === 'steer')
    .map((prompt) => ({ promptId: prompt.id, delivery: 'steer' }));
}
