import { contract } from '@cspace/protocol';
import { getEventIteratorSchemaDetails } from '@orpc/contract';
import { expect, test } from 'vitest';
import { ROUTES } from './routes.ts';

test('ROUTES are the routes of the contract', () => {
  const ofContract = Object.fromEntries(
    Object.entries(contract).map(([noun, verbs]) => [
      noun,
      Object.fromEntries(
        Object.entries(verbs).map(([verb, procedure]) => {
          const { route, outputSchema } = procedure['~orpc'];
          const streams = getEventIteratorSchemaDetails(outputSchema) !== undefined;
          return [verb, { method: route.method, path: route.path, ...(streams ? { streams } : {}) }];
        }),
      ),
    ]),
  );
  expect(ROUTES).toEqual(ofContract);
});
