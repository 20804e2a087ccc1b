import { afterCut, type Prompt, type PromptId, type TurnOutcome } from '@cspace/domain';
import type { Event, SupervisorEvent } from '@cspace/protocol';

export type Given = { readonly nowMs: number; readonly canResume: boolean; readonly newPromptId: () => PromptId };

/** What an event changes in the prompts, and which events of the server's own follow from it. */
export type Applied = { readonly prompts: readonly Prompt[]; readonly events: readonly Event[] };

const NOTHING: Applied = { prompts: [], events: [] };

/** What a supervisor's event means for the open prompts. Pure; an event about a prompt that is not open means nothing. */
export function applyEvent(open: readonly Prompt[], event: SupervisorEvent, given: Given): Applied {
  switch (event.type) {
    case 'prompt.accepted': {
      const prompt = open.find((each) => each.id === event.promptId);
      if (prompt === undefined) return NOTHING;
      if (event.how.kind === 'started') return changed({ ...prompt, state: { kind: 'running', sinceMs: given.nowMs } });
      return changed({ ...prompt, state: { kind: 'merged', into: event.how.into } });
    }
    case 'turn.ended': {
      const prompt = open.find((each) => each.id === event.promptId);
      if (prompt === undefined || prompt.state.kind === 'merged') return NOTHING;
      if (event.outcome.kind === 'cut') return cutTurn(open, prompt, event.outcome.why, given);
      return { prompts: ended(open, prompt, event.outcome, given.nowMs), events: [] };
    }
    default:
      return NOTHING;
  }
}

/** What becomes of a prompt, and of those merged into it, when its turn was cut off. */
export function cutTurn(open: readonly Prompt[], prompt: Prompt, why: string, given: Given): Applied {
  const next = afterCut(prompt, given, why, { id: given.newPromptId(), nowMs: given.nowMs });
  if (next.do === 'end') {
    const event: Event = { type: 'turn.ended', promptId: prompt.id, outcome: next.outcome, ms: 0 };
    return { prompts: ended(open, prompt, next.outcome, given.nowMs), events: [event] };
  }
  const { id, from, delivery, text } = next.prompt;
  return {
    prompts: [
      next.prompt,
      ...[prompt, ...mergedInto(open, prompt.id)].map(
        (each): Prompt => ({ ...each, state: { kind: 'merged', into: next.prompt.id } }),
      ),
    ],
    events: [
      { type: 'prompt.continued', promptId: prompt.id, by: id, why },
      { type: 'prompt.queued', promptId: id, from, delivery, text },
    ],
  };
}

/** The prompt and all that was merged into it, done. */
export function ended(open: readonly Prompt[], prompt: Prompt, outcome: TurnOutcome, nowMs: number): Prompt[] {
  return [prompt, ...mergedInto(open, prompt.id)].map((each) => ({
    ...each,
    state: { kind: 'done', outcome, endedAtMs: nowMs },
  }));
}

function mergedInto(open: readonly Prompt[], id: PromptId): readonly Prompt[] {
  const direct = open.filter((each) => each.state.kind === 'merged' && each.state.into === id);
  return direct.flatMap((each) => [each, ...mergedInto(open, each.id)]);
}

function changed(prompt: Prompt): Applied {
  return { prompts: [prompt], events: [] };
}
