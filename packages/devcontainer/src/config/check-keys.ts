import { Fault, nearestKey } from '@cspace/domain';

/**
 * What becomes of a key: it is used; it does not apply to sandboxes, and a remark says why; it is refused, since leaving it out
 * would change what the project means by it.
 */
export type KeyUse = 'used' | { readonly remark: string } | { readonly refused: string; readonly hint: string };
export type KeyUses = Readonly<Record<string, KeyUse>>;

/** Where an object stands: its file, and the keys that lead to it. */
export type Place = { readonly file: string; readonly path: readonly string[] };

/** Checks every key of an object against what becomes of it. Throws `invalid` for the first refused or unknown; returns remarks. */
export function checkKeys(place: Place, object: Readonly<Record<string, unknown>>, uses: KeyUses): string[] {
  return Object.entries(object).flatMap(([key, value]) => {
    const use = Object.hasOwn(uses, key) ? uses[key] : undefined;
    const name = [...place.path, key].join('.');
    if (use === undefined) throw unknown(place, name, key, uses);
    if (use === 'used' || isNothing(value)) return [];
    if ('remark' in use) return [`${name} of ${place.file}: ${use.remark}`];
    throw new Fault('invalid', `Cannot use ${name} of ${place.file}: ${use.refused}`, { hint: use.hint });
  });
}

/** Said, and without effect: `"privileged": false`, `"mounts": []`. */
function isNothing(value: unknown): boolean {
  if (value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function unknown({ file, path }: Place, name: string, key: string, uses: KeyUses): Fault {
  const nearest = [...path, nearestKey(key, Object.keys(uses)) ?? ''].join('.');
  return new Fault('invalid', `Cannot use ${name} of ${file}: it is not a known key; the nearest one is ${nearest}`, {
    hint: 'docs/devcontainers.md has every key and what becomes of it',
  });
}
