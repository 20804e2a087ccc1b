import { availableParallelism } from 'node:os';
import type { SessionId } from '@cspace/domain';

/** A start that has not got anywhere by then makes room for others; it may still succeed. */
const HELD_MS = 10_000;

/**
 * How many sandboxes are started at once. Fifty that are all started together all wait for the last; one after the other, the
 * first ones are at work long before. A slot is held from the making of a sandbox until its supervisor is there.
 */
export type StartSlots = {
  /** Resolves once the session has a slot; at once when it has one. */
  take(id: SessionId, signal: AbortSignal): Promise<void>;
  /** Gives it back; nothing when it has none. */
  free(id: SessionId): void;
};

export function startSlots(most = availableParallelism() + 1, heldMs = HELD_MS): StartSlots {
  const held = new Map<SessionId, NodeJS.Timeout>();
  const waiting: (() => void)[] = [];

  const hold = (id: SessionId) => held.set(id, setTimeout(() => free(id), heldMs).unref());
  const free = (id: SessionId): void => {
    const timer = held.get(id);
    if (timer === undefined) return;
    clearTimeout(timer);
    held.delete(id);
    waiting.shift()?.();
  };

  return {
    free,
    async take(id, signal) {
      while (!held.has(id) && held.size >= most) {
        signal.throwIfAborted();
        await new Promise<void>((resolve) => {
          const go = () => {
            signal.removeEventListener('abort', go);
            const at = waiting.indexOf(go);
            if (at >= 0) waiting.splice(at, 1);
            resolve();
          };
          waiting.push(go);
          signal.addEventListener('abort', go, { once: true });
        });
      }
      signal.throwIfAborted();
      if (!held.has(id)) hold(id);
    },
  };
}
