import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SessionId } from '@cspace/domain';
import { sessionStores } from '@cspace/store-sqlite';
import type { Row } from '../row.ts';

const EVENTS = 100_000;
const PAGE = 1_000;
const ROUNDS = 10;

/** 100,000 events out of a store that was just opened, as JSON, gapless: the server's side of a replay. */
export const replay: Row = {
  name: 'replay',
  what: '100,000 events from a store just opened, each as JSON',
  goal: { kind: 'p95-ms-at-most', ms: 2_000 },
  async run(signal) {
    const directory = mkdtempSync(join(tmpdir(), 'cspace-bench-'));
    const stores = sessionStores(directory);
    const id = SessionId.parse(`ses_${'a'.repeat(20)}`);
    try {
      const store = stores.open(id);
      const page = Array.from({ length: PAGE }, () => ({
        type: 'agent.text',
        text: 'some words of an agent '.repeat(8),
      }));
      for (let count = 0; count < EVENTS; count += PAGE) store.record({ events: page }, 1);
      store.close();

      const ms: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        signal.throwIfAborted();
        const startedMs = performance.now();
        const opened = stores.open(id);
        if (readAll((afterSeq) => opened.events(afterSeq, PAGE)) === EVENTS) ms.push(performance.now() - startedMs);
        opened.close();
      }
      return { ours: { ms, tried: ROUNDS } };
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};

/** The number of the last event, having read and written out all, gaplessly; NaN where one is missing. */
function readAll(next: (afterSeq: number) => readonly { readonly seq: number }[]): number {
  let last = 0;
  for (;;) {
    const page = next(last);
    if (page.length === 0) return last;
    for (const event of page) {
      if (event.seq !== last + 1) return Number.NaN;
      last = event.seq;
      JSON.stringify(event);
    }
  }
}
