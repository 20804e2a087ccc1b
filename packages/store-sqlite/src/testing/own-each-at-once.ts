import { join } from 'node:path';
import { isFault } from '@cspace/domain';
import { ownDataDirectory } from '../own-data-directory.ts';

/** Tries to own the directories `0`, `1`, … below at moments that every such process keeps to; prints what each came to. */
export function ownEachAtOnce(parent: string, count: number, startMs: number, stepMs: number): void {
  for (let at = 0; at < count; at += 1) {
    while (Date.now() < startMs + at * stepMs);
    try {
      ownDataDirectory(join(parent, String(at)));
      console.log('owner');
    } catch (error) {
      console.log(isFault(error) ? error.code : String(error));
    }
  }
  setInterval(() => {}, 60_000);
}

const [, , parent = '', count, startMs, stepMs] = process.argv;
if (import.meta.main) ownEachAtOnce(parent, Number(count), Number(startMs), Number(stepMs));
