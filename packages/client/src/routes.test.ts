import { contract } from '@cspace/protocol';
import { expect, test } from 'vitest';
import { ROUTES } from './routes.ts';

test('ROUTES are the routes of the contract', () => {
  const ofContract = Object.fromEntries(
    Object.entries(contract).map(([noun, verbs]) => [
      noun,
      Object.fromEntries(
        Object.entries(verbs).map(([verb, procedure]) => {
          const { method, path } = procedure['~orpc'].route;
          return [verb, { method, path }];
        }),
      ),
    ]),
  );
  expect(ROUTES).toEqual(ofContract);
});
