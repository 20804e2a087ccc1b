import type { Clock } from '@cspace/domain';
import type { Event } from '@cspace/protocol';

export type EgressEntry = Omit<Extract<Event, { type: 'egress' }>, 'type'>;
export type EgressLog = (entry: EgressEntry) => void;

const WINDOW_MS = 60_000;
const MAX_IN_WINDOW = 100;

/**
 * Records decisions of egress, each once a minute however often it is met, and at most a hundred different ones: a loop, over one
 * host or over made-up ones, cannot flood the log.
 */
export function egressLog(record: (event: Event) => void, clock: Clock): EgressLog {
  const seen = new Set<string>();
  let windowMs = Number.NEGATIVE_INFINITY;
  return (entry) => {
    const nowMs = clock();
    if (nowMs - windowMs >= WINDOW_MS || nowMs < windowMs) {
      seen.clear();
      windowMs = nowMs;
    }
    const shown = { ...entry, host: printable(entry.host), why: printable(entry.why) };
    const key = `${shown.decision} ${shown.host}:${shown.port} ${shown.why}`;
    if (seen.has(key) || seen.size > MAX_IN_WINDOW) return;
    seen.add(key);
    if (seen.size <= MAX_IN_WINDOW) record({ type: 'egress', ...shown });
    else
      record({
        type: 'notice',
        level: 'warning',
        text: 'Many hosts are asked for; the rest of this minute is not logged',
      });
  };
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 500);
}
