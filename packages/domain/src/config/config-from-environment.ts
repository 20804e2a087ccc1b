import * as z from 'zod';
import { Fault } from '../fault.ts';
import type { Config } from './config.ts';
import { CONFIG_KEYS, type ConfigKey } from './config-keys.ts';
import { editsBetween } from './nearest-key.ts';
import { checkConfig } from './parse-config.ts';

const PREFIX = 'CSPACE_';
/** So few letters off is taken for a slip. */
const SLIP = 2;

/** The variable of a key: `CSPACE_LIMITS_BUDGET_USD` for `limits.budgetUsd`. */
export function variableOf(path: readonly string[]): string {
  const words = path.map((part) => part.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  return `${PREFIX}${words.join('_')}`;
}

/**
 * The configuration in `CSPACE_*` variables. Lists are separated by commas, records are JSON. Other variables of that prefix
 * have other uses and are left alone, but one that is a slip away from a key's is an error: a limit must not be ignored.
 */
export function configFromEnvironment(env: Readonly<Record<string, string | undefined>>): Config {
  const variables = new Map(CONFIG_KEYS.map((key) => [variableOf(key.path), key]));
  let config: Config = {};
  for (const [name, text] of Object.entries(env)) {
    if (text === undefined || !name.startsWith(PREFIX)) continue;
    const key = variables.get(name);
    if (key === undefined) refuseSlip(name, variables.keys());
    else config = withValue(config, key, name, text);
  }
  return config;
}

function withValue(config: Config, key: ConfigKey, name: string, text: string): Config {
  const value = valueIn(key.schema, name, text);
  if (value === undefined) return config;
  const [section = '', inner] = key.path;
  const checked = checkConfig(name, { [section]: inner === undefined ? value : { [inner]: value } });
  return {
    ...config,
    ...Object.fromEntries(Object.entries(checked).map(([at, part]) => [at, joined(config, at, part)])),
  };
}

function joined(config: Config, section: string, part: unknown): unknown {
  const before: unknown = Object.entries(config).find(([key]) => key === section)?.[1];
  return isRecord(before) && isRecord(part) ? { ...before, ...part } : part;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a variable's text says for a schema. An empty text is an empty list, and nothing otherwise. */
function valueIn(schema: z.core.$ZodType, name: string, text: string): unknown {
  if (schema instanceof z.ZodArray) {
    return text.split(',').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim()]));
  }
  if (text === '') return undefined;
  if (schema instanceof z.ZodNumber) return text.trim() === '' ? Number.NaN : Number(text);
  if (schema instanceof z.ZodRecord) return jsonIn(name, text);
  if (schema instanceof z.ZodUnion) return /^(?:\[|true$|false$)/.test(text) ? jsonIn(name, text) : text;
  return text;
}

function jsonIn(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Fault('invalid', `Cannot read ${name}: it is not JSON`, {
      hint: `Write it like {"KEY": "value"}`,
      cause,
    });
  }
}

function refuseSlip(name: string, known: Iterable<string>): void {
  for (const variable of known) {
    if (editsBetween(name, variable) <= SLIP) {
      throw new Fault(
        'invalid',
        `Cannot read the environment: unknown variable ${name}; the nearest known one is ${variable}`,
        {
          hint: `Unset ${name}, or call it ${variable}`,
        },
      );
    }
  }
}
