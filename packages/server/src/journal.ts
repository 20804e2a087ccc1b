import type { Clock, SessionChange, SessionId, SessionStore, SessionStores, StoredEvent } from '@cspace/domain';
import type { Event } from '@cspace/protocol';

/** How many events one read of the database takes when a log is followed. */
const PAGE = 500;

/** What is recorded at once; its events are those of the protocol. */
export type Change = Omit<SessionChange, 'events'> & { readonly events?: readonly Event[] };

/**
 * The one way into a session's log: takes secrets out, makes the change durable, then tells those who follow. Nobody is
 * told of what is not durable.
 */
export type Journal = {
  store(id: SessionId): SessionStore;
  record(id: SessionId, change: Change): readonly StoredEvent[];
  /**
   * Events after a number in order, without gap or repeat, then live ones until the signal; as many at a time as there are, up
   * to a page. Not live: ends at the last.
   */
  follow(
    id: SessionId,
    afterSeq: number,
    live: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<readonly StoredEvent[], void, void>;
  /** Resolves at the next change of that session's log, or at the signal. */
  next(id: SessionId, signal: AbortSignal): Promise<void>;
  close(): void;
};

/** A journal over session databases. `redact` is asked at every record, so that a new secret counts at once. */
export function journal(stores: SessionStores, clock: Clock, redact: () => <T>(value: T) => T): Journal {
  const open = new Map<SessionId, SessionStore>();
  const waiting = new Map<SessionId, Set<() => void>>();

  const store = (id: SessionId): SessionStore => {
    const found = open.get(id) ?? stores.open(id);
    open.set(id, found);
    return found;
  };

  const next = (id: SessionId, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wakers = waiting.get(id) ?? new Set();
      waiting.set(id, wakers);
      const wake = () => {
        wakers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      wakers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
      if (signal.aborted) wake();
    });

  return {
    store,
    next,
    record(id, change) {
      const events = change.events === undefined ? undefined : redact()(change.events);
      const stored = store(id).record(events === undefined ? change : { ...change, events }, clock());
      for (const wake of [...(waiting.get(id) ?? [])]) wake();
      return stored;
    },
    async *follow(id, afterSeq, live, signal) {
      let seq = afterSeq;
      while (!signal.aborted) {
        const page = store(id).events(seq, PAGE);
        if (page.length > 0) yield page;
        seq = page.at(-1)?.seq ?? seq;
        if (page.length === PAGE) continue;
        if (!live) return;
        if (store(id).lastSeq() === seq) await next(id, signal);
      }
    },
    close() {
      for (const [id, wakers] of waiting) {
        for (const wake of [...wakers]) wake();
        waiting.delete(id);
      }
      for (const each of open.values()) each.close();
      open.clear();
    },
  };
}
