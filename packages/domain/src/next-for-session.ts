import type { SandboxEnd, SandboxSeen } from './runtime.ts';
import type { Session } from './session.ts';

/** What the world shows of a session, beside what is written down. */
export type Observation = {
  readonly sandbox: SandboxSeen | { readonly state: 'absent' };
  /** Whether a supervisor of the current run is connected. */
  readonly supervisor: 'attached' | 'detached';
  /** Since when it is missed: it was connected until then, or there was nobody for it to connect to. */
  readonly missedSinceMs?: number | undefined;
  /** When the turn that runs began; undefined when none does. */
  readonly turnSinceMs: number | undefined;
};

/** How long things may take, in milliseconds, and how often a start is tried. */
export type Patience = {
  /** From a start, or the loss of the connection, to the supervisor's connection. */
  readonly attachMs: number;
  /** Before the n-th start after n failures. */
  readonly backoffMs: readonly number[];
};

export const PATIENCE: Patience = { attachMs: 30_000, backoffMs: [0, 0, 500, 2_000] };

export type Next =
  | { readonly do: 'nothing' }
  | { readonly do: 'wait'; readonly untilMs: number }
  | { readonly do: 'create-sandbox' }
  | { readonly do: 'start-run' }
  | { readonly do: 'stop-run'; readonly why: string; readonly graceful: boolean }
  | { readonly do: 'record-end'; readonly end: SandboxEnd }
  | { readonly do: 'settle'; readonly as: 'ready' | 'working' | 'stopped' }
  | { readonly do: 'give-up'; readonly why: string }
  | { readonly do: 'end-turn' }
  | { readonly do: 'remove' };

/** What a session needs next. Pure: everything it depends on is an argument. */
export function nextForSession(session: Session, seen: Observation, nowMs: number, patience: Patience): Next {
  if (session.state.kind === 'removed') return { do: 'nothing' };
  const ended = endNotYetRecorded(session, seen);
  if (ended !== undefined) return { do: 'record-end', end: ended };
  switch (session.wanted.kind) {
    case 'removed':
      return { do: 'remove' };
    case 'stopped':
      return towardsStopped(session, seen);
    case 'running':
      return towardsRunning(session, seen, nowMs, patience);
  }
}

/** A run that was started and is no longer there, however it went. */
function endNotYetRecorded(session: Session, seen: Observation): SandboxEnd | undefined {
  if (session.run.kind !== 'started') return undefined;
  switch (seen.sandbox.state) {
    case 'running':
      return undefined;
    case 'ended':
      return seen.sandbox.end;
    case 'idle':
    case 'absent':
      return { kind: 'unknown' };
  }
}

function towardsStopped(session: Session, seen: Observation): Next {
  if (seen.sandbox.state === 'running') {
    return { do: 'stop-run', why: 'a stop', graceful: seen.supervisor === 'attached' };
  }
  return session.state.kind === 'stopped' ? { do: 'nothing' } : { do: 'settle', as: 'stopped' };
}

function towardsRunning(session: Session, seen: Observation, nowMs: number, patience: Patience): Next {
  if (session.state.kind === 'failed') return { do: 'nothing' };
  switch (seen.sandbox.state) {
    case 'absent':
      return afterBackoff(session, nowMs, patience, { do: 'create-sandbox' });
    case 'ended':
    case 'idle':
      return afterBackoff(session, nowMs, patience, { do: 'start-run' });
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
    const deadlineMs = Math.max(startedAtMs, seen.missedSinceMs ?? startedAtMs) + patience.attachMs;
    if (nowMs < deadlineMs) return { do: 'wait', untilMs: deadlineMs };
    return { do: 'stop-run', why: 'the supervisor does not answer', graceful: false };
  }
  if (seen.turnSinceMs === undefined) {
    return session.state.kind === 'ready' ? { do: 'nothing' } : { do: 'settle', as: 'ready' };
  }
  const deadlineMs = seen.turnSinceMs + session.limits.turnMs;
  if (nowMs >= deadlineMs) return { do: 'end-turn' };
  if (session.state.kind !== 'working') return { do: 'settle', as: 'working' };
  return { do: 'wait', untilMs: deadlineMs };
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
