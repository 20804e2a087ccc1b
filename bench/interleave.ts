import type { Measured, Sample } from './row.ts';

/** One try. Resolves when what is measured is done, to its milliseconds where the whole call is not what counts. */
export type Try = (signal: AbortSignal) => Promise<number | undefined> | number | undefined;

/**
 * Tries A B A B …, so that whatever the machine does meanwhile falls on both. The first round warms up and does not count.
 * A try that throws counts as one that failed, and the rest goes on.
 */
export async function interleave(rounds: number, ours: Try, other: Try, signal: AbortSignal): Promise<Measured> {
  const mine: Side = { attempt: ours, ms: [], tried: 0 };
  const theirs: Side = { attempt: other, ms: [], tried: 0 };
  for (let round = 0; round <= rounds; round += 1) {
    for (const side of round % 2 === 0 ? [mine, theirs] : [theirs, mine]) {
      signal.throwIfAborted();
      const ms = await timed(side.attempt, signal);
      if (round === 0) continue;
      side.tried += 1;
      if (ms !== undefined) side.ms.push(ms);
      else if (side.tried - side.ms.length === GIVE_UP) return { ours: sampleOf(mine), other: sampleOf(theirs) };
    }
  }
  return { ours: sampleOf(mine), other: sampleOf(theirs) };
}

/** After so many failures of one side the goal is missed, whatever the rest does. */
const GIVE_UP = 5;

function sampleOf({ ms, tried }: Side): Sample {
  return { ms, tried };
}

type Side = { readonly attempt: Try; readonly ms: number[]; tried: number };

async function timed(attempt: Try, signal: AbortSignal): Promise<number | undefined> {
  const startedMs = performance.now();
  try {
    const own = await attempt(signal);
    return own ?? performance.now() - startedMs;
  } catch (error) {
    signal.throwIfAborted();
    console.error(`a try failed: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
