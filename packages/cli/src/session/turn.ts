import { FAULTS, type TurnOutcome } from '@cspace/domain';
import type { Event } from '@cspace/protocol';

/**
 * A prompt being waited for. `ids`: the prompts whose turn answers it. `restarts`: its supervisor is being replaced, and the
 * stop that belongs to that is no end.
 */
export type Turn = {
  readonly ids: readonly string[];
  readonly outcome: TurnOutcome | undefined;
  readonly restarts?: boolean;
};

/** What an event means for somebody who waits for a prompt's turn to end. Pure. */
export function foldTurn(turn: Turn, event: Event): Turn {
  if (turn.outcome !== undefined) return turn;
  switch (event.type) {
    case 'prompt.queued':
      if (!turn.ids.includes(event.promptId) || event.from.kind !== 'cspace') return turn;
      return { ...turn, restarts: event.from.why === 'restart' };
    case 'prompt.accepted':
      if (!turn.ids.includes(event.promptId)) return turn;
      return event.how.kind === 'steered'
        ? { ...turn, ids: [...turn.ids, event.how.into] }
        : { ...turn, restarts: false };
    case 'prompt.continued':
      return turn.ids.includes(event.promptId) ? { ...turn, ids: [event.by] } : turn;
    case 'turn.ended':
      if (!turn.ids.includes(event.promptId) || event.outcome.kind === 'cut') return turn;
      return { ...turn, outcome: event.outcome };
    case 'session.state':
      return turn.restarts === true && event.state.kind === 'stopped'
        ? turn
        : { ...turn, outcome: outcomeOfState(event.state) };
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
