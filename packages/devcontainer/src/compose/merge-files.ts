type Raw = Readonly<Record<string, unknown>>;
/** What several files say of these is put together; of all else the last file counts. */
const LISTS = ['ports', 'expose', 'volumes', 'env_file', 'profiles'];

/** Several compose files as one: the later over the earlier, service by service. */
export function mergeFiles(files: readonly Raw[]): Raw {
  return files.reduce((before, file) => merged(before, file, 0), {});
}

/** Depth 0 is a file, 1 its services and volumes, 2 one of them, 3 and more what is said of it. */
function merged(before: Raw, over: Raw, depth: number): Raw {
  const entries = Object.entries(over).map(([key, value]) => {
    const old = Object.hasOwn(before, key) ? before[key] : undefined;
    if (depth === 2 && LISTS.includes(key) && old !== undefined) return [key, [old, value].flat()];
    if (depth === 2 && ['environment', 'depends_on'].includes(key)) return [key, asMapping(old, value)];
    return [key, isObject(old) && isObject(value) ? merged(old, value, depth + 1) : value];
  });
  return { ...before, ...Object.fromEntries(entries) };
}

/** A list of names, with or without `=value`, is a mapping too. */
function asMapping(old: unknown, value: unknown): unknown {
  if (old === undefined || old === null) return value;
  const entries = (each: unknown): [string, unknown][] =>
    Array.isArray(each)
      ? each.map((entry) => {
          const [, name = '', rest] = /^([^=]*)(?:=([\s\S]*))?$/.exec(String(entry)) ?? [];
          return [name, rest ?? null];
        })
      : Object.entries(isObject(each) ? each : {});
  return Object.fromEntries([...entries(old), ...entries(value)]);
}

function isObject(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
