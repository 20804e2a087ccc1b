import { expect, test } from 'vitest';
import { nextRestart } from './next-restart.ts';

test('nextRestart() waits longer each time, and gives up after five times in a minute', () => {
  const deathsMs: number[] = [];
  const decisions = Array.from({ length: 6 }, (_, index) => {
    deathsMs.push(index * 1000);
    return nextRestart(deathsMs, index * 1000);
  });
  expect(decisions).toEqual([
    { do: 'start', afterMs: 250 },
    { do: 'start', afterMs: 500 },
    { do: 'start', afterMs: 1000 },
    { do: 'start', afterMs: 2000 },
    { do: 'start', afterMs: 4000 },
    { do: 'give-up' },
  ]);
});

test('nextRestart() forgets what is a minute ago', () => {
  const hourly = Array.from({ length: 20 }, (_, index) => index * 60_000);
  expect(nextRestart(hourly, 19 * 60_000)).toEqual({ do: 'start', afterMs: 250 });
});
