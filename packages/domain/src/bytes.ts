import { Fault } from './fault.ts';

/** A size as configuration and flags have it: `512m`, `2g`, `1.5g`, `2GiB`, or plain bytes. Units are powers of 1024. */
export const BYTES = /^(\d+(?:\.\d+)?)(?:([bB])|([kKmMgGtT])(?:[iI]?[bB])?)?$/;

const POWERS = 'kmgt';

/** The bytes of a size such as `2g` or `512m`: whole, at least one. Throws `invalid`. */
export function parseBytes(text: string): number {
  const match = BYTES.exec(text);
  const power = match?.[3] === undefined ? 0 : POWERS.indexOf(match[3].toLowerCase()) + 1;
  const bytes = Math.round(Number(match?.[1] ?? Number.NaN) * 1024 ** power);
  if (!Number.isSafeInteger(bytes) || bytes < 1) {
    throw new Fault('invalid', `Cannot read the size ${JSON.stringify(text.slice(0, 100))}: it is not one`, {
      hint: 'Write it like 512m or 2g',
    });
  }
  return bytes;
}
