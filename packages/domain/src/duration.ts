import { Fault } from './fault.ts';

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** A duration as configuration and flags have it: `4h`, `1h30m`, `90s`, `500ms`, `1.5h`; larger units first. */
export const DURATION =
  /^(?=\d)(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/;

/** The milliseconds of a duration such as `4h` or `1h30m`: whole, at least one. Throws `invalid`. */
export function parseDuration(text: string): number {
  const parts = DURATION.exec(text)?.slice(1);
  const ms = Math.round(
    Object.values(UNITS).reduce((total, unitMs, at) => total + unitMs * Number(parts?.[at] ?? 0), 0),
  );
  if (parts === undefined || ms < 1 || !Number.isSafeInteger(ms)) {
    throw new Fault('invalid', `Cannot read the duration ${JSON.stringify(text.slice(0, 100))}: it is not one`, {
      hint: 'Write it like 4h, 10m, 90s or 1h30m',
    });
  }
  return ms;
}
