import { expect, test } from 'vitest';
import { configFromEnvironment, variableOf } from './config-from-environment.ts';
import { CONFIG_KEYS } from './config-keys.ts';

test('configFromEnvironment() reads each kind of value', () => {
  const config = configFromEnvironment({
    CSPACE_LIMITS_MEMORY: '2g',
    CSPACE_LIMITS_BUDGET_USD: '2.5',
    CSPACE_LIMITS_PIDS: '100',
    CSPACE_EGRESS_ALLOW: 'a.example:443, *.b.example',
    CSPACE_PUSH_ALLOW: '',
    CSPACE_PLUGINS: 'sync',
    CSPACE_SANDBOX_ENV: '{"CI": "1"}',
    CSPACE_SANDBOX_DEVCONTAINER: 'true',
    CSPACE_SANDBOX_SETUP: 'npm ci',
    CSPACE_AGENT_MODEL: '',
    PATH: '/usr/bin',
  });
  expect(config).toEqual({
    limits: { memory: '2g', budgetUsd: 2.5, pids: 100 },
    egress: { allow: ['a.example:443', '*.b.example'] },
    push: { allow: [] },
    plugins: ['sync'],
    sandbox: { env: { CI: '1' }, devcontainer: true, setup: 'npm ci' },
  });
});

test.each([
  ['CSPACE_LIMITS_MEMROY', '2g', 'CSPACE_LIMITS_MEMORY'],
  ['CSPACE_LIMIT_MEMORY', '2g', 'CSPACE_LIMITS_MEMORY'],
  ['CSPACE_LIMITS_MEMORY', 'lots', 'CSPACE_LIMITS_MEMORY'],
  ['CSPACE_LIMITS_PIDS', '1e', 'CSPACE_LIMITS_PIDS'],
  ['CSPACE_SANDBOX_ENV', 'CI=1', 'CSPACE_SANDBOX_ENV'],
  ['CSPACE_SANDBOX_RUNTIME', 'vm', 'CSPACE_SANDBOX_RUNTIME'],
])('configFromEnvironment() refuses %s=%s', (name, value, named) => {
  const fault = expect.objectContaining({ code: 'invalid', message: expect.stringContaining(named) });
  expect(() => configFromEnvironment({ [name]: value })).toThrow(fault);
});

test('configFromEnvironment() leaves variables of other uses alone', () => {
  const env = { CSPACE_HOME: '/x', CSPACE_SERVER: 'https://x', CSPACE_TOKEN: 't', CSPACE_FAILPOINT: 'up:kill' };
  expect(configFromEnvironment(env)).toEqual({});
});

test('every key has a variable of its own', () => {
  const variables = CONFIG_KEYS.map(({ path }) => variableOf(path));
  expect(new Set(variables).size).toBe(variables.length);
  expect(variables).toContain('CSPACE_COORDINATE_FEATURE_BRANCH');
});
