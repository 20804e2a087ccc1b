import { Fault, isFault, type SessionId } from '@cspace/domain';
import type { LoggedEvent } from '@cspace/protocol';
import type { Client } from './connect.ts';

/** The part of a client that this needs. */
export type EventSource = { readonly sessions: Pick<Client['sessions'], 'events'> };

export type FollowOptions = {
  /** The number of the last event that is already known; 0 begins at the start of the log. */
  readonly after?: number;
  readonly signal?: AbortSignal;
  /** How long the server may be gone before this gives up with its last fault, in milliseconds. */
  readonly giveUpMs?: number;
  /** Told when the connection was lost, before each new try. What it throws ends following. */
  readonly onLost?: (fault: Fault, attempt: number) => void | Promise<void>;
};

const GIVE_UP_MS = 60_000;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2_000;
/** A connection that lasted this long was a good one: the next loss is a new one. */
const GOOD_MS = 1_000;

/**
 * A session's events in order, each once, without gaps: first the log after a number, then live. Reconnects and goes on
 * where it was when the connection or the server is lost. Ends when the session is removed, or when the signal aborts.
 *
 * Faults: whatever the server refuses with (`not-found`, `denied`); `unavailable` after `giveUpMs` without an answer.
 */
export async function* follow(
  client: EventSource,
  sessionId: SessionId,
  options: FollowOptions = {},
): AsyncGenerator<LoggedEvent, void, undefined> {
  const { signal, giveUpMs = GIVE_UP_MS, onLost } = options;
  let seq = options.after ?? 0;
  let attempt = 0;
  let lostAtMs: number | undefined;
  const cancelled = () => signal?.aborted === true;
  while (!cancelled()) {
    let fault: Fault;
    let connectedAtMs = Number.POSITIVE_INFINITY;
    try {
      const events = await client.sessions.events({ sessionId, after: seq, follow: 'true' }, { signal });
      connectedAtMs = Date.now();
      for await (const logged of events) {
        if (logged.seq <= seq) continue;
        if (logged.seq !== seq + 1) break;
        seq = logged.seq;
        yield logged;
        if (logged.event.type === 'session.state' && logged.event.state.kind === 'removed') return;
      }
      fault = new Fault('unavailable', 'Cannot follow the session: the server ended the stream');
    } catch (error) {
      if (cancelled()) return;
      if (!isFault(error, 'unavailable')) throw error;
      fault = error;
    }
    const nowMs = Date.now();
    if (nowMs - connectedAtMs >= GOOD_MS) {
      attempt = 0;
      lostAtMs = undefined;
    }
    lostAtMs ??= nowMs;
    if (nowMs - lostAtMs >= giveUpMs) throw fault;
    attempt += 1;
    await onLost?.(fault, attempt);
    await wait(Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS), signal);
  }
}

/** Waits, or until the signal aborts. */
function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
    if (signal?.aborted === true) done();
  });
}
