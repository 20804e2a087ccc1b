import { expect, test } from 'vitest';
import { wishes } from './wishes.ts';

const env = {
  CSPACE_AGENT_MODEL: 'small',
  CSPACE_SANDBOX_RUNTIME: 'auto',
  CSPACE_LIMITS_BUDGET_USD: '2',
  CSPACE_LIMITS_TIMEOUT: '1h',
};

test('wishes() are flags over the environment', () => {
  expect(wishes({}, {})).toEqual({});
  expect(wishes({}, env)).toEqual({ model: 'small', budgetUsd: 2, turnMs: 3_600_000 });
  expect(wishes({ model: 'big', budget: '5', timeout: '5m', runtime: 'docker', base: 'v1', reset: true }, env)).toEqual(
    {
      base: 'v1',
      reset: true,
      model: 'big',
      runtime: 'docker',
      budgetUsd: 5,
      turnMs: 300_000,
    },
  );
});

test('wishes() names what is wrong', () => {
  expect(() => wishes({}, { CSPACE_LIMITS_TIMEOUT: 'soon' })).toThrow('CSPACE_LIMITS_TIMEOUT soon');
  expect(() => wishes({ runtime: 'swarm' }, {})).toThrow(
    expect.objectContaining({ hint: 'Give one of bubblewrap, docker' }),
  );
  expect(() => wishes({ budget: '-1' }, {})).toThrow('--budget -1');
});
