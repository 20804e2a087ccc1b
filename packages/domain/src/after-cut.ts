import type { PromptId } from './id.ts';
import { MAX_PROMPT_BYTES, type Prompt, type TurnOutcome } from './prompt.ts';

/** How often one request is continued after its agent died under it, before it is called failed. */
export const MAX_CONTINUATIONS = 3;

export type AfterCut =
  | { readonly do: 'continue'; readonly prompt: Prompt }
  | { readonly do: 'end'; readonly outcome: TurnOutcome };

/**
 * What becomes of a prompt whose turn was cut off by a crash. An agent that can resume its conversation is told to go on;
 * the prompt itself is never run a second time. An agent that cannot (a script) is not run again: the turn has failed.
 */
export function afterCut(
  cut: Prompt,
  agent: { readonly canResume: boolean },
  why: string,
  given: { readonly id: PromptId; readonly nowMs: number },
): AfterCut {
  if (!agent.canResume) return { do: 'end', outcome: { kind: 'failed', why } };
  if (cut.continuations >= MAX_CONTINUATIONS) {
    return { do: 'end', outcome: { kind: 'failed', why: `${why}, ${MAX_CONTINUATIONS + 1} times` } };
  }
  return {
    do: 'continue',
    prompt: {
      id: given.id,
      text: continuationText(cut, why),
      from: { kind: 'cspace', why: 'continuation' },
      delivery: 'interrupt',
      queuedAtMs: given.nowMs,
      continuations: cut.continuations + 1,
      state: { kind: 'queued' },
    },
  };
}

/** The first request is repeated in full once: the agent may have died before it saw it. */
function continuationText(cut: Prompt, why: string): string {
  if (cut.from.kind === 'cspace' && cut.from.why === 'continuation') return cut.text;
  const intro = [
    `[cspace] Your process ended while you were working on a request (${why}). The workspace is as it was at that moment.`,
    'See what is already done, do not do it again, and go on until the request is finished. The request was:',
  ].join(' ');
  const text = `${intro}\n\n${cut.text}`;
  return new TextEncoder().encode(text).byteLength <= MAX_PROMPT_BYTES ? text : cut.text;
}
