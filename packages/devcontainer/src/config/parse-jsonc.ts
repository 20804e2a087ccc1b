import { Fault } from '@cspace/domain';

const MAX_LENGTH = 1024 * 1024;
const MAX_DEPTH = 100;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const SPACE = /(?:[ \t\n\r\uFEFF]|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;

/** Reads JSON with comments and a comma after the last entry. Throws `invalid` naming the file, line and column. */
export function parseJsonc(file: string, text: string): unknown {
  if (text.length > MAX_LENGTH) throw new Fault('invalid', `Cannot read ${file}: it is longer than 1 MiB`);
  let at = 0;

  const wrong = (why: string): Fault => {
    const before = text.slice(0, at).split('\n');
    const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    const what = at >= text.length ? `it ends too soon, at ${place}` : `${why} at ${place}`;
    return new Fault('invalid', `Cannot read ${file}: ${what}`, {
      hint: 'It is JSON; comments and a comma after the last entry are allowed',
    });
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const next = (): string | undefined => {
    take(SPACE);
    return text[at];
  };
  const string = (): string => {
    const found = take(STRING);
    if (found === undefined) throw wrong('it is not JSON');
    return JSON.parse(found) as string;
  };
  /** Each entry between brackets, with a comma between two of them and maybe after the last. */
  const entries = <T>(end: string, entry: () => T): T[] => {
    const found: T[] = [];
    at += 1;
    while (next() !== end) {
      found.push(entry());
      if (next() === ',') at += 1;
      else if (text[at] !== end) throw wrong('it is not JSON');
    }
    at += 1;
    return found;
  };
  const value = (depth: number): unknown => {
    if (depth > MAX_DEPTH) throw wrong(`it is nested deeper than ${MAX_DEPTH}`);
    const first = next();
    if (first === '"') return string();
    if (first === '[') return entries(']', () => value(depth + 1));
    if (first === '{') return Object.fromEntries(entries('}', () => property(depth)));
    const scalar = take(SCALAR);
    if (scalar === undefined) throw wrong('it is not JSON');
    return JSON.parse(scalar);
  };
  const property = (depth: number): [string, unknown] => {
    next();
    const key = string();
    if (next() !== ':') throw wrong('it is not JSON');
    at += 1;
    return [key, value(depth + 1)];
  };

  const found = value(0);
  if (next() !== undefined) throw wrong('it is not JSON');
  return found;
}
