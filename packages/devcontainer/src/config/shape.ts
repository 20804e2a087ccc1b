import { Fault } from '@cspace/domain';
import type { Place } from './check-keys.ts';

/** A key inside. */
export function at(place: Place, key: string): Place {
  return { file: place.file, path: [...place.path, key] };
}

export function wrongShape({ file, path }: Place, must: string): Fault {
  const where = path.length === 0 ? '' : `${path.join('.')} `;
  return new Fault('invalid', `Cannot read ${file}: ${where}must be ${must}`, {
    hint: 'docs/devcontainers.md has every key and what becomes of it',
  });
}

export function asObject(place: Place, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongShape(place, 'an object');
  return value as Record<string, unknown>;
}

export function asText(place: Place, value: unknown): string {
  if (typeof value !== 'string' || value.includes('\0')) throw wrongShape(place, 'a text');
  return value;
}

/** A text, or what is written like one: `8080`, `true`. */
export function asWord(place: Place, value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : asText(place, value);
}

export function asList(place: Place, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw wrongShape(place, 'a list');
  return value;
}

export function asTexts(place: Place, value: unknown): string[] {
  return asList(place, value).map((each, index) => asText(at(place, String(index)), each));
}

export function asPort(place: Place, value: unknown): number {
  const port = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw wrongShape(place, 'a port, 1 to 65535');
  return port;
}

export function asName(place: Place, value: unknown): string {
  const name = asText(place, value);
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) throw wrongShape(place, 'a name of letters, digits, _, . and -');
  return name;
}

export function asVariables(place: Place, value: unknown): Record<string, string> {
  const entries = Object.entries(asObject(place, value)).map(([key, each]) => {
    if (!/^[A-Za-z_]\w*$/.test(key)) throw wrongShape(at(place, key), 'named like a variable of the environment');
    return [key, asWord(at(place, key), each)];
  });
  return Object.fromEntries(entries);
}

/** The name of an image, which is given to programs as an argument. */
export function asImage(place: Place, value: unknown): string {
  const image = asText(place, value);
  if (!/^[A-Za-z0-9][\w.:/@-]{0,254}$/.test(image)) throw wrongShape(place, 'the name of an image');
  return image;
}
