import { Fault } from '@cspace/domain';
import type { Place } from '../config/check-keys.ts';

const VARIABLE = /\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+?])([^{}]*))?\})/g;

/**
 * Fills in the variables of a compose file, in every string of a value, from its `.env` file. Throws `invalid` for one that only
 * the host's environment could have.
 */
export function interpolate(place: Place, value: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    return value.replace(VARIABLE, (_, dollar, plain, braced, option, word) =>
      dollar === undefined ? filled(place, plain ?? braced, option, word, variables) : '$',
    );
  }
  const inside = (key: string): Place => ({ file: place.file, path: [...place.path, key] });
  if (Array.isArray(value)) return value.map((each, at) => interpolate(inside(String(at)), each, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, interpolate(inside(key), each, variables)]),
  );
}

function filled(
  place: Place,
  name: string,
  option: string | undefined,
  word: string | undefined,
  variables: Readonly<Record<string, string>>,
): string {
  const found = Object.hasOwn(variables, name) ? variables[name] : undefined;
  const isThere = found !== undefined && !(option?.startsWith(':') === true && found === '');
  if (option?.endsWith('+') === true) return isThere ? (word ?? '') : '';
  if (isThere) return found;
  if (option?.endsWith('-') === true) return word ?? '';
  throw fromHost(place, name);
}

export function fromHost({ file, path }: Place, name: string): Fault {
  return new Fault(
    'invalid',
    `Cannot use \${${name}} in ${path.join('.')} of ${file}: the host's environment does not go in`,
    {
      hint: `Give it a value in a committed .env file beside it, or a default: \${${name}:-value}`,
    },
  );
}

/** Reads a file of `NAME=value` lines. */
export function parseEnvFile(text: string): Record<string, string> {
  const found: [string, string][] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, name, raw] = /^(?:export\s+)?([A-Za-z_]\w*)\s*=(.*)$/.exec(line.trim()) ?? [];
    if (name === undefined || raw === undefined) continue;
    const value = raw.trim();
    const quoted = /^(["'])(.*)\1$/.exec(value);
    found.push([name, quoted?.[2] ?? value.replace(/(?:^|\s)#.*$/, '').trimEnd()]);
  }
  return Object.fromEntries(found);
}
