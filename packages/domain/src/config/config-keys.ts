import * as z from 'zod';
import { Config } from './config.ts';

/** A key of the configuration that holds a value (a scalar, a list, or a record of the user's own keys), and its schema. */
export type ConfigKey = { readonly path: readonly string[]; readonly schema: z.core.$ZodType };

/** Every such key, `limits.memory` as `['limits', 'memory']`, in the schema's order. */
export const CONFIG_KEYS: readonly ConfigKey[] = keysUnder(Config, []).filter(({ path }) => path[0] !== '$schema');

/** The keys of the object that lies at `path` (records go by any key), or nothing when no object does. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let schema = bare(Config);
  for (const step of path) {
    if (schema instanceof z.ZodObject) schema = bare(schema.shape[String(step)]);
    else if (schema instanceof z.ZodRecord) schema = bare(schema.valueType);
    else return [];
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function keysUnder(schema: z.core.$ZodType, path: readonly string[]): ConfigKey[] {
  const inner = bare(schema);
  if (!(inner instanceof z.ZodObject)) return [{ path, schema: inner ?? schema }];
  return Object.entries(inner.shape).flatMap(([key, value]) => keysUnder(value, [...path, key]));
}

function bare(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  return schema instanceof z.ZodOptional ? bare(schema.unwrap()) : schema;
}
