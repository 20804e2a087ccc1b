import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Config } from '@cspace/domain';
import * as z from 'zod';
import { ROOT } from './source-files.ts';

export const SCHEMA_FILE = 'schema/cspace.schema.json';

/** The JSON Schema of `.cspace.json`, for editors. */
export function generateSchema(): string {
  const schema = z.toJSONSchema(Config, { io: 'input' });
  return `${JSON.stringify({ ...schema, title: '.cspace.json', description: 'Configuration of a cspace project' }, null, 2)}\n`;
}

if (import.meta.main) {
  const file = join(ROOT, SCHEMA_FILE);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, generateSchema());
}
