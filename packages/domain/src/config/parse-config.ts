import type * as z from 'zod';
import { Fault } from '../fault.ts';
import { Config } from './config.ts';
import { CONFIG_KEYS, keysAt } from './config-keys.ts';
import { jsonErrorAt } from './json-error-at.ts';
import { editsBetween, nearestKey } from './nearest-key.ts';

/** The longest configuration file, in characters. */
const MAX_LENGTH = 1024 * 1024;

/** Reads a configuration file's text. Throws `invalid` naming the file and the place: line and column, or key. */
export function parseConfig(file: string, text: string): Config {
  if (text.length > MAX_LENGTH) throw new Fault('invalid', `Cannot read ${file}: it is longer than 1 MiB`);
  const wrongAt = jsonErrorAt(text);
  if (wrongAt !== undefined) throw notJson(file, text, wrongAt);
  return checkConfig(file, JSON.parse(text));
}

/** Checks a configuration that came from `origin`, in whatever form. Throws `invalid` naming the origin and the key. */
export function checkConfig(origin: string, value: unknown): Config {
  const parsed = Config.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw issue === undefined
    ? new Fault('invalid', `Cannot read ${origin}: it is not a configuration`)
    : faultOf(origin, issue);
}

function notJson(file: string, text: string, at: number): Fault {
  const before = text.slice(0, at).split('\n');
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  const why = at >= text.length ? `it ends too soon, at ${place}` : `it is not JSON at ${place}`;
  return new Fault('invalid', `Cannot read ${file}: ${why}`, {
    hint: 'JSON has no comments, no comma after the last entry, and its keys in double quotes',
  });
}

function faultOf(origin: string, issue: z.core.$ZodIssue): Fault {
  if (issue.code === 'unrecognized_keys') return unknownKey(origin, issue.path, issue.keys[0] ?? '');
  const key = issue.path.join('.');
  const where = key === '' ? '' : `${key}: `;
  return new Fault('invalid', `Cannot read ${origin}: ${where}${issue.message}`, {
    hint: 'docs/configuration.md has every key and what it may hold',
  });
}

function unknownKey(origin: string, path: readonly PropertyKey[], key: string): Fault {
  const inside = path.length === 0 ? '' : `${path.join('.')}.`;
  const siblings = keysAt(path).filter((known) => known !== '$schema');
  const nearest = nearestKnown(inside, siblings, key);
  return new Fault(
    'invalid',
    `Cannot read ${origin}: unknown key ${inside}${key}; the nearest known one is ${nearest}`,
    {
      hint: `Known ${path.length === 0 ? 'at the top' : `in ${path.join('.')}`}: ${siblings.join(', ')}`,
    },
  );
}

/** The nearest key of the same object, unless one elsewhere has just that name: then it is in the wrong place. */
function nearestKnown(inside: string, siblings: readonly string[], key: string): string {
  const sibling = nearestKey(key, siblings) ?? '';
  const elsewhere = CONFIG_KEYS.find(({ path }) => path.at(-1)?.toLowerCase() === key.toLowerCase());
  if (elsewhere !== undefined && editsBetween(key.toLowerCase(), sibling.toLowerCase()) > 0)
    return elsewhere.path.join('.');
  return `${inside}${sibling}`;
}
