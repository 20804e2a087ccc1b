import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_CONFIG } from './config.ts';
import { type ConfigLayer, mergeConfig } from './merge-config.ts';

const layer = (source: ConfigLayer['source'], config: ConfigLayer['config']): ConfigLayer => ({
  source,
  name: source,
  config,
});

test('mergeConfig() puts later sources over earlier ones, whatever their order, and says whence', () => {
  const layers = [
    layer('flags', { limits: { budgetUsd: 9 } }),
    layer('environment', { limits: { timeout: '3h', budgetUsd: 8 } }),
    layer('local', { agent: { model: 'local' }, sandbox: { env: { A: 'local' } } }),
    layer('repository', { agent: { model: 'repo', effort: 'high' }, sandbox: { env: { A: 'repo', B: 'repo' } } }),
    layer('user', { agent: { default: 'codex', model: 'user' } }),
    layer('default', DEFAULT_CONFIG),
  ];
  const { config, origins, refused } = mergeConfig(layers);
  expect(config).toEqual({
    ...DEFAULT_CONFIG,
    agent: { default: 'codex', model: 'local', effort: 'high' },
    limits: { timeout: '3h', idle: '10m', budgetUsd: 9 },
    sandbox: { runtime: 'auto', env: { A: 'local', B: 'repo' } },
  });
  expect(origins).toMatchObject({
    'agent.default': 'user',
    'agent.model': 'local',
    'agent.effort': 'repository',
    'limits.timeout': 'environment',
    'limits.idle': 'default',
    'limits.budgetUsd': 'flags',
    'sandbox.env.A': 'local',
    'sandbox.env.B': 'repository',
  });
  expect(refused).toEqual([]);
});

test('mergeConfig() replaces lists', () => {
  const layers = [layer('user', { push: { protect: ['a', 'b'] } }), layer('local', { push: { protect: ['c'] } })];
  expect(mergeConfig(layers).config.push?.protect).toEqual(['c']);
});

test('mergeConfig() gives a repository nothing the user does not allow, and says what it asked for', () => {
  const { config, origins, refused } = mergeConfig([
    layer('default', DEFAULT_CONFIG),
    layer('user', { limits: { memory: '2g' } }),
    layer('repository', { limits: { memory: '64g', timeout: '1h' }, egress: { allow: ['evil.example'] } }),
  ]);
  expect(config.limits).toEqual({ memory: '2g', timeout: '1h', idle: '10m' });
  expect(config.egress?.allow).toEqual([]);
  expect(origins['limits.memory']).toBe('user');
  expect(refused.map(({ key, name }) => [name, key])).toEqual([
    ['repository', 'limits.memory'],
    ['repository', 'egress.allow'],
  ]);
});

test('mergeConfig() measures a repository against flags too', () => {
  const { refused } = mergeConfig([
    layer('repository', { egress: { allow: ['a.example'] } }),
    layer('flags', { egress: { allow: ['a.example', 'b.example'] } }),
  ]);
  expect(refused).toEqual([]);
});

test('mergeConfig() of one trusted layer is that layer, and merging it twice changes nothing', () => {
  const env = fc.dictionary(fc.stringMatching(/^[A-Z]{1,3}$/), fc.string());
  const config = fc.record(
    {
      limits: fc.record({ pids: fc.integer({ min: 1, max: 99 }) }, { requiredKeys: [] }),
      sandbox: fc.record({ env }, { requiredKeys: [] }),
      plugins: fc.array(fc.stringMatching(/^[a-z]{1,5}$/)),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(config, config, (lower, upper) => {
      expect(mergeConfig([layer('user', lower)]).config).toEqual(lower);
      const once = mergeConfig([layer('user', lower), layer('flags', upper)]).config;
      expect(mergeConfig([layer('user', once), layer('flags', upper)]).config).toEqual(once);
    }),
  );
});
