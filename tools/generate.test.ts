import { contract } from '@cspace/protocol';
import { expect, test } from 'vitest';
import { generateOpenapi } from './generate-openapi.ts';
import { generateSchema } from './generate-schema.ts';

test('generateOpenapi() has every route of the contract', async () => {
  const { paths } = JSON.parse(await generateOpenapi());
  const routes = Object.values(contract).flatMap((group) => Object.values(group));
  for (const procedure of routes) {
    const { path, method } = procedure['~orpc'].route;
    expect(Object.keys(paths[path ?? ''] ?? {})).toContain(method?.toLowerCase());
  }
  expect(routes.length).toBeGreaterThan(10);
});

test('generateSchema() allows no unknown key and lets every key be absent', () => {
  const schema = JSON.parse(generateSchema());
  expect(schema.additionalProperties).toBe(false);
  expect(schema.required).toBeUndefined();
  expect(Object.keys(schema.properties)).toContain('limits');
});
