import { parseDuration } from '@cspace/domain';
import { usageFault } from './usage-fault.ts';

/** A time such as `90s`, `10m`, `1h30m`, in milliseconds. */
export function parseTime(text: string, flag: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw usageFault(`Cannot use ${flag} ${text}: it is not a time`, 'Give it as 90s, 10m, 4h or 1h30m');
  }
}

/** US dollars, more than nothing: `2`, `$0.50`. */
export function parseMoney(text: string, flag: string): number {
  const match = /^\$?(\d+(?:\.\d+)?|\.\d+)$/.exec(text);
  const usd = Number(match?.[1]);
  if (match === null || !(usd > 0)) {
    throw usageFault(`Cannot use ${flag} ${text}: it is not an amount of US dollars`, 'Give it as 5 or 0.50');
  }
  return usd;
}

/** One of a few words. */
export function parseChoice<T extends string>(text: string, flag: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined)
    throw usageFault(`Cannot use ${flag} ${text}: it is not one`, `Give one of ${choices.join(', ')}`);
  return found;
}
