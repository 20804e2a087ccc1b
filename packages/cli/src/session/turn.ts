import { FAULTS, type TurnOutcome } from '@cspace/domain';
import type { Event } from '@cspace/protocol';

/** A prompt being waited for. `ids`: the prompts whose turn answers it. */
export type Turn = { readonly ids: readonly string[]; readonly outcome: TurnOutcome | undefined };

/** What an event means for somebody who waits for a prompt's turn to end. Pure. */
export function foldTurn(turn: Turn, event: Event): Turn {
  if (turn.outcome !== undefined) return turn;
  switch (event.type) {
    case 'prompt.accepted':
      if (!turn.ids.includes(event.promptId) || event.how.kind !== 'steered') return turn;
      return { ...turn, ids: [...turn.ids, event.how.into] };
    case 'prompt.continued':
      return turn.ids.includes(event.promptId) ? { ...turn, ids: [...turn.ids, event.by] } : turn;
    case 'turn.ended':
      if (!turn.ids.includes(event.promptId) || event.outcome.kind === 'cut') return turn;
      return { ...turn, outcome: event.outcome };
    case 'session.state':
      return { ...turn, outcome: outcomeOfState(event.state) };
    default:
      return turn;
  }
}

type State = Extract<Event, { type: 'session.state' }>['state'];

/** A session that is gone or stopped by somebody will not end the turn. Asleep it is woken by the prompt itself. */
function outcomeOfState(state: State): TurnOutcome | undefined {
  switch (state.kind) {
    case 'failed':
      return { kind: 'failed', why: state.why, hint: state.hint };
    case 'removing':
    case 'removed':
      return { kind: 'failed', why: 'the session was removed' };
    case 'stopped':
      return state.reason === 'asked' || state.reason === 'interrupted'
        ? { kind: 'cancelled', by: 'a stop' }
        : undefined;
    case 'creating':
    case 'ready':
    case 'working':
      return undefined;
  }
}

/** The exit code of a command that waited for a turn. */
export function exitCodeOfOutcome(outcome: TurnOutcome): number {
  switch (outcome.kind) {
    case 'finished':
      return 0;
    case 'cancelled':
      return FAULTS.interrupted.exitCode;
    case 'refused':
      return FAULTS.denied.exitCode;
    case 'limit':
      return FAULTS.limit.exitCode;
    case 'cut':
    case 'failed':
      return FAULTS.failed.exitCode;
  }
}
