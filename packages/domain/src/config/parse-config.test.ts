import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFault } from '../fault.ts';
import { parseConfig } from './parse-config.ts';

const FILE = '.cspace.json';

function faultOf(text: string): { message: string; hint: string | undefined } {
  try {
    parseConfig(FILE, text);
  } catch (error) {
    if (isFault(error, 'invalid')) return { message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error('it was read');
}

test('parseConfig() reads every key', () => {
  const config = {
    $schema: './schema/cspace.schema.json',
    project: { name: 'shop', repo: 'acme/shop', baseBranch: 'main' },
    agent: { default: 'claude', model: 'opus', effort: 'high' },
    limits: { memory: '4g', cpus: 1.5, pids: 512, disk: '10g', timeout: '4h', idle: '10m', budgetUsd: 5 },
    sandbox: {
      runtime: 'auto',
      image: 'node:24',
      devcontainer: true,
      ports: { '3000': 'web' },
      env: { CI: '1' },
      setup: ['npm ci', 'npm run build'],
      start: 'npm run dev',
    },
    services: {
      database: {
        image: 'postgres:18',
        command: ['postgres'],
        env: { POSTGRES_PASSWORD: 'x' },
        ports: [5432],
        health: 'pg_isready',
        volumes: ['data:/var/lib/postgresql'],
      },
    },
    egress: { allow: ['api.example.com:443', '*.example.org'] },
    secrets: { TOKEN: { hosts: ['api.example.com'], header: 'x-token' } },
    push: { allow: ['feature/*'], protect: ['main'] },
    verify: { all: 'npm test', e2e: 'npm run e2e' },
    coordinate: { parallel: 2, issueLabel: 'agent', featureBranch: 'feature/x', stack: 'eager' },
    plugins: ['sync'],
  };
  expect(parseConfig(FILE, JSON.stringify(config))).toEqual(config);
  expect(parseConfig(FILE, '{}')).toEqual({});
});

test.each([
  ['{"limts": {}}', 'limts', 'limits'],
  ['{"limits": {"memroy": "1g"}}', 'limits.memroy', 'limits.memory'],
  ['{"memory": "1g"}', 'memory', 'limits.memory'],
  ['{"sandbox": {"allow": []}}', 'sandbox.allow', 'egress.allow'],
  ['{"services": {"db": {"imgae": "x"}}}', 'services.db.imgae', 'services.db.image'],
  ['{"__proto__": {"polluted": true}}', '__proto__', 'project'],
  ['{"limits": {"__proto__": 1}}', 'limits.__proto__', 'limits.'],
])('parseConfig() names file, key and the nearest known key of %s', (text, key, nearest) => {
  const { message } = faultOf(text);
  expect(message).toContain(FILE);
  expect(message).toContain(` ${key};`);
  expect(message).toContain(` ${nearest}`);
});

test.each([
  ['{"limits": {"memory": 5}}', 'limits.memory'],
  ['{"limits": {"memory": "lots"}}', 'limits.memory'],
  ['{"limits": {"timeout": "0s"}}', 'limits.timeout'],
  ['{"limits": {"cpus": -1}}', 'limits.cpus'],
  ['{"sandbox": {"runtime": "chroot"}}', 'sandbox.runtime'],
  ['{"sandbox": {"ports": {"02280": "x"}}}', 'sandbox.ports'],
  ['{"sandbox": {"env": {"A=B": "x"}}}', 'sandbox.env'],
  ['{"services": {"db": {"volumes": ["/etc:/host"]}}}', 'services.db.volumes.0'],
  ['{"services": {"db": {"volumes": ["data:/a,b"]}}}', 'services.db.volumes.0'],
  ['{"secrets": {"T": {"hosts": []}}}', 'secrets.T.hosts'],
  ['{"secrets": {"T": {"hosts": ["a"], "header": "x\\r\\ny"}}}', 'secrets.T.header'],
  ['{"egress": {"allow": "all"}}', 'egress.allow'],
])('parseConfig() names the key whose value is wrong in %s', (text, key) => {
  const { message } = faultOf(text);
  expect(message).toContain(FILE);
  expect(message).toContain(key);
});

test.each([
  ['{\n  "limits": {\n    "memory": "1g",\n  }\n}', 'line 4, column 3'],
  ['{"a": 1', 'line 1, column 8'],
  ['', 'line 1, column 1'],
  ['// no\n{}', 'line 1, column 1'],
])('parseConfig() names the place in %j', (text, place) => {
  expect(faultOf(text).message).toContain(place);
});

test('parseConfig() reads or refuses anything, deep and odd as it may be', () => {
  faultOf('['.repeat(200_000));
  faultOf(`${'{"limits":'.repeat(10_000)}1${'}'.repeat(10_000)}`);
  faultOf(JSON.stringify({ sandbox: { image: 'x'.repeat(1024 * 1024) } }));
  fc.assert(
    fc.property(fc.json(), (text) => {
      try {
        parseConfig(FILE, text);
      } catch (error) {
        expect(isFault(error, 'invalid')).toBe(true);
      }
    }),
  );
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

test('parseConfig() makes no variable of __proto__', () => {
  const { sandbox } = parseConfig(FILE, '{"sandbox": {"env": {"__proto__": {"polluted": "x"}, "A": "1"}}}');
  expect(Object.entries(sandbox?.env ?? {})).toEqual([['A', '1']]);
  expect(Object.getPrototypeOf(sandbox?.env)).toBe(Object.prototype);
});
