import type { SessionView } from '@cspace/protocol';
import type { Colours } from '../render/colours.ts';

/** A session's state in a word or two. */
export function stateText(state: SessionView['state']): string {
  switch (state.kind) {
    case 'stopped':
      return state.reason === 'idle' ? 'asleep' : state.reason === 'asked' ? 'stopped' : `stopped (${state.reason})`;
    case 'creating':
    case 'ready':
    case 'working':
    case 'failed':
    case 'removing':
    case 'removed':
      return state.kind;
  }
}

/** The colour that goes with a state. */
export function statePaint(state: SessionView['state'], paint: Colours): (text: string) => string {
  switch (state.kind) {
    case 'working':
    case 'creating':
      return paint.cyan;
    case 'ready':
      return paint.green;
    case 'failed':
      return paint.red;
    case 'stopped':
      return state.reason === 'crashed' || state.reason === 'limit' ? paint.yellow : paint.dim;
    case 'removing':
    case 'removed':
      return paint.dim;
  }
}
