/** A service may die this often within this time and is still started again. */
const MAX_DEATHS = 5;
const WITHIN_MS = 60_000;
const FIRST_PAUSE_MS = 250;

export type NextRestart = { readonly do: 'start'; readonly afterMs: number } | { readonly do: 'give-up' };

/** What becomes of a service that has died, by when it did before; the last of `deathsMs` is the one of now. Pure. */
export function nextRestart(deathsMs: readonly number[], nowMs: number): NextRestart {
  const recent = deathsMs.filter((atMs) => nowMs - atMs < WITHIN_MS).length;
  if (recent > MAX_DEATHS) return { do: 'give-up' };
  return { do: 'start', afterMs: FIRST_PAUSE_MS * 2 ** Math.max(0, recent - 1) };
}
