import type { SandboxEnd, SandboxSeen } from './runtime.ts';
import type { Session } from './session.ts';

/** What the world shows of a session, beside what is written down. */
export type Observation = {
  readonly sandbox: SandboxSeen | { readonly state: 'absent' };
  /** Whether a supervisor of the current run is connected. */
  readonly supervisor: 'attached' | 'detached';
  /** Prompts not done: how many wait, and whether one's turn runs. */
  readonly queued: number;
  readonly turn: 'none' | 'running';
  /** When the turn that runs began. */
  readonly turnSinceMs: number | undefined;
  /** Whether the runtime could be asked at all. */
  readonly runtime: 'answers' | 'silent';
};

/** How long things may take, in milliseconds, and how often a start is tried. */
export type Patience = {
  readonly attachMs: number;
  readonly backoffMs: readonly number[];
};

export const PATIENCE: Patience = { attachMs: 30_000, backoffMs: [0, 500, 2_000, 5_000] };

export type Next =
  | { readonly do: 'nothing' }
  | { readonly do: 'wait'; readonly untilMs: number }
  | { readonly do: 'create-sandbox' }
  | { readonly do: 'start-supervisor' }
  | { readonly do: 'stop-supervisor'; readonly reason: string }
  | { readonly do: 'record-end'; readonly end: SandboxEnd }
  | { readonly do: 'settle'; readonly as: 'ready' | 'working' | 'stopped' }
  | { readonly do: 'give-up'; readonly why: string }
  | { readonly do: 'end-turn'; readonly limit: 'time' }
  | { readonly do: 'destroy' };

/** What a session needs next. Pure: everything it depends on is an argument. */
export function nextForSession(session: Session, seen: Observation, nowMs: number, patience: Patience): Next {
  if (session.state.kind === 'removed') return { do: 'nothing' };
  if (session.wanted.kind === 'removed') return { do: 'destroy' };
  if (seen.runtime === 'silent') return { do: 'wait', untilMs: nowMs + 1_000 };
  if (session.wanted.kind === 'stopped') return towardsStopped(session, seen);
  return towardsRunning(session, seen, nowMs, patience);
}

function towardsStopped(session: Session, seen: Observation): Next {
  if (seen.sandbox.state === 'running') return { do: 'stop-supervisor', reason: session.wanted.kind };
  if (session.state.kind === 'stopped' || session.state.kind === 'failed') return { do: 'nothing' };
  return { do: 'settle', as: 'stopped' };
}

function towardsRunning(session: Session, seen: Observation, nowMs: number, patience: Patience): Next {
  if (session.state.kind === 'failed') return { do: 'nothing' };
  switch (seen.sandbox.state) {
    case 'absent':
      return afterBackoff(session, nowMs, patience, { do: 'create-sandbox' });
    case 'ended':
      return { do: 'record-end', end: seen.sandbox.end };
    case 'idle':
      return afterBackoff(session, nowMs, patience, { do: 'start-supervisor' });
    case 'running':
      return whileRunning(session, seen, seen.sandbox.startedAtMs, nowMs, patience);
  }
}

function whileRunning(
  session: Session,
  seen: Observation,
  startedAtMs: number,
  nowMs: number,
  patience: Patience,
): Next {
  if (seen.supervisor === 'detached') {
    const deadlineMs = startedAtMs + patience.attachMs;
    if (nowMs < deadlineMs) return { do: 'wait', untilMs: deadlineMs };
    return { do: 'stop-supervisor', reason: `it did not answer within ${patience.attachMs / 1000} s` };
  }
  if (seen.turn === 'running' && seen.turnSinceMs !== undefined) {
    const deadlineMs = seen.turnSinceMs + session.limits.turnMs;
    if (nowMs >= deadlineMs) return { do: 'end-turn', limit: 'time' };
    if (session.state.kind !== 'working') return { do: 'settle', as: 'working' };
    return { do: 'wait', untilMs: deadlineMs };
  }
  if (session.state.kind !== 'ready') return { do: 'settle', as: 'ready' };
  return { do: 'nothing' };
}

/** Tries again after a growing wait; gives up after the last one. */
function afterBackoff(session: Session, nowMs: number, patience: Patience, next: Next): Next {
  const failures = session.failures;
  if (failures === undefined) return next;
  const backoffMs = patience.backoffMs[failures.count];
  if (backoffMs === undefined) return { do: 'give-up', why: failures.why };
  const untilMs = failures.lastAtMs + backoffMs;
  return nowMs >= untilMs ? next : { do: 'wait', untilMs };
}
