import {
  type Clock,
  type Index,
  isFault,
  nextForSession,
  type Observation,
  PATIENCE,
  type RuntimeKind,
  type SandboxSeen,
  type Session,
  type SessionId,
} from '@cspace/domain';
import type { Logger } from 'pino';
import type { Act } from './act/act.ts';
import type { Journal } from './journal.ts';
import type { Runtimes } from './runtimes.ts';
import type { Supervisors } from './supervisors.ts';

/** How often every session is looked at, whether something was heard of it or not. */
const TICK_MS = 1_000;
/** After a step that failed unexpectedly. */
const BROKEN_STEP_MS = 1_000;

/**
 * Brings every session to where it is wanted: reads what is written and what the world shows, decides with
 * `nextForSession`, acts, records, and looks again. One step of a session at a time; sessions do not wait for each other.
 */
export type Loop = {
  /** Something may have changed: look at that session now. */
  poke(id: SessionId): void;
  /** Resolves once nothing is left to do at once for that session. */
  settled(id: SessionId): Promise<void>;
  /** What the last step of that session met, until one succeeds. */
  trouble(id: SessionId): unknown;
  stop(): Promise<void>;
};

export function startLoop(given: {
  readonly index: Index;
  readonly journal: Journal;
  readonly supervisors: Supervisors;
  readonly runtimes: Pick<Runtimes, 'of'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly act: Act;
  readonly deliver: (id: SessionId) => void;
}): Loop {
  const { index, clock, log, act } = given;
  const stopping = new AbortController();
  const working = new Map<SessionId, Promise<void>>();
  const again = new Set<SessionId>();
  const alarms = new Map<SessionId, NodeJS.Timeout>();
  const missed = new Map<SessionId, number>();
  const troubles = new Map<SessionId, unknown>();
  const look = sharedLook(given.runtimes, stopping.signal);

  const poke = (id: SessionId): void => {
    if (stopping.signal.aborted) return;
    again.add(id);
    if (working.has(id)) return;
    const work = run(id)
      .catch((error: unknown) => brokenStep(id, error))
      .finally(() => {
        working.delete(id);
        if (again.has(id)) poke(id);
      });
    working.set(id, work);
  };

  const alarm = (id: SessionId, atMs: number): void => {
    clearTimeout(alarms.get(id));
    alarms.set(
      id,
      setTimeout(() => poke(id), Math.max(0, Math.min(atMs - clock(), 2 ** 31 - 1))),
    );
  };

  const brokenStep = (id: SessionId, error: unknown): void => {
    if (stopping.signal.aborted) return;
    log.error({ sessionId: id, error, code: isFault(error) ? error.code : 'bug' }, 'a step failed');
    alarm(id, clock() + BROKEN_STEP_MS);
  };

  const run = async (id: SessionId): Promise<void> => {
    while (!stopping.signal.aborted) {
      again.delete(id);
      const session = index.sessions.get(id);
      if (session === undefined) return;
      try {
        const next = nextForSession(
          session,
          observe(given, session, await look(session.runtime), missed),
          clock(),
          PATIENCE,
        );
        if (next.do === 'wait') alarm(id, next.untilMs);
        if (next.do === 'nothing' || next.do === 'wait') troubles.delete(id);
        if (next.do === 'nothing' || next.do === 'wait') {
          given.deliver(id);
          if (again.has(id)) continue;
          return;
        }
        look.expire(session.runtime);
        await act(session, next, stopping.signal);
        look.expire(session.runtime);
        troubles.delete(id);
      } catch (error) {
        if (stopping.signal.aborted) return;
        troubles.set(id, error);
        if (waitsTooLong(session, clock())) {
          log.error({ sessionId: id, error }, 'given up');
          await act(session, { do: 'give-up', why: whyOf(session, error) }, stopping.signal);
          return;
        }
        return brokenStep(id, error);
      }
    }
  };

  const ticker = setInterval(() => {
    try {
      for (const session of index.sessions.all()) if (session.state.kind !== 'removed') poke(session.id);
    } catch (error) {
      log.error({ error }, 'the sessions cannot be read');
    }
  }, TICK_MS);

  return {
    poke,
    async settled(id) {
      poke(id);
      while (working.has(id)) await working.get(id);
    },
    trouble: (id) => troubles.get(id),
    async stop() {
      clearInterval(ticker);
      for (const each of alarms.values()) clearTimeout(each);
      stopping.abort();
      await Promise.allSettled(working.values());
    },
  };
}

function whyOf({ name }: Session, error: unknown): string {
  if (isFault(error)) return error.message;
  return `Cannot start ${name}: ${error instanceof Error ? error.message : String(error)}`;
}

/** Whoever asked for a session is not left waiting for what stays broken; one that was made once is kept as it is. */
function waitsTooLong({ state, wanted }: Session, nowMs: number): boolean {
  return wanted.kind === 'running' && state.kind === 'creating' && nowMs - state.sinceMs > PATIENCE.attachMs;
}

type Seen = ReadonlyMap<string, SandboxSeen>;
type Look = { (kind: RuntimeKind): Promise<Seen>; expire(kind: RuntimeKind): void };

/** One look at a runtime serves every session of its that asks while it is under way or just done. */
function sharedLook(runtimes: Pick<Runtimes, 'of'>, signal: AbortSignal): Look {
  const FRESH_MS = 50;
  const looking = new Map<RuntimeKind, Promise<Seen>>();
  const look = (kind: RuntimeKind) => {
    const under = looking.get(kind);
    if (under !== undefined) return under;
    const mine = (async () =>
      new Map((await runtimes.of(kind).list(signal)).map((each) => [each.id as string, each])))();
    looking.set(kind, mine);
    const done = () => setTimeout(() => looking.get(kind) === mine && looking.delete(kind), FRESH_MS).unref();
    mine.then(done, done);
    return mine;
  };
  look.expire = (kind: RuntimeKind) => {
    looking.delete(kind);
  };
  return look;
}

/** `missed`: since when this process has been without the supervisor of a session; kept here. */
function observe(
  given: { readonly journal: Journal; readonly supervisors: Supervisors; readonly clock: Clock },
  session: Session,
  seen: ReadonlyMap<string, SandboxSeen>,
  missed: Map<SessionId, number>,
): Observation {
  const isAttached = given.supervisors.get(session.id)?.sandboxId === session.sandboxId;
  const missedSinceMs = isAttached ? undefined : (missed.get(session.id) ?? given.clock());
  if (missedSinceMs === undefined) missed.delete(session.id);
  else missed.set(session.id, missedSinceMs);
  const running = given.journal
    .store(session.id)
    .openPrompts()
    .find((prompt) => prompt.state.kind === 'running');
  return {
    sandbox: seen.get(session.sandboxId) ?? { state: 'absent' },
    supervisor: isAttached ? 'attached' : 'detached',
    missedSinceMs,
    turnSinceMs: running?.state.kind === 'running' ? running.state.sinceMs : undefined,
  };
}
