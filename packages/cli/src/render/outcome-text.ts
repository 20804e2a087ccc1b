import type { TurnOutcome } from '@cspace/domain';
import { neutralLine } from './neutral.ts';
import type { Tone } from './piece.ts';

/** How a turn's end is told. */
export function outcomeText(outcome: TurnOutcome): {
  readonly mark: string;
  readonly tone: Tone;
  readonly text: string;
} {
  switch (outcome.kind) {
    case 'finished':
      return { mark: '✔', tone: 'good', text: 'finished' };
    case 'cancelled':
      return { mark: '■', tone: 'warn', text: `cancelled by ${neutralLine(outcome.by)}` };
    case 'refused':
      return { mark: '⊘', tone: 'bad', text: 'refused by the agent' };
    case 'limit':
      return { mark: '✖', tone: 'bad', text: `ended by its ${outcome.limit} limit` };
    case 'cut':
      return { mark: '↻', tone: 'warn', text: `cut off: ${neutralLine(outcome.why)}` };
    case 'failed':
      return { mark: '✖', tone: 'bad', text: `failed: ${neutralLine(outcome.why)}` };
  }
}
