import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Config } from './config.ts';
import { branchCovers, hostCovers } from './covers.ts';
import { narrowConfig } from './narrow-config.ts';

const allowed: Config = {
  project: { repo: 'acme/shop' },
  limits: { memory: '4g', cpus: 2, timeout: '4h', idle: '10m', budgetUsd: 5 },
  sandbox: { runtime: 'bubblewrap' },
  egress: { allow: ['api.example.com', '*.example.org'] },
  secrets: { TOKEN: { hosts: ['api.example.com', '*.example.org'], header: 'authorization' } },
  push: { allow: ['feature/*'], protect: ['main'] },
  coordinate: { parallel: 4 },
  plugins: ['sync'],
};

test.each<[string, Config, Config, readonly string[]]>([
  ['less memory', { limits: { memory: '2g' } }, { limits: { memory: '2g' } }, []],
  ['the same memory in other words', { limits: { memory: '4096m' } }, { limits: { memory: '4096m' } }, []],
  ['more memory', { limits: { memory: '8g' } }, { limits: {} }, ['limits.memory']],
  ['a limit nobody has set', { limits: { pids: 64 } }, { limits: { pids: 64 } }, []],
  [
    'more time and money',
    { limits: { timeout: '1d', budgetUsd: 6 } },
    { limits: {} },
    ['limits.timeout', 'limits.budgetUsd'],
  ],
  ['another runtime', { sandbox: { runtime: 'docker' } }, { sandbox: {} }, ['sandbox.runtime']],
  ['what runs inside', { sandbox: { setup: 'make', image: 'x' } }, { sandbox: { setup: 'make', image: 'x' } }, []],
  ['fewer hosts', { egress: { allow: ['a.example.org'] } }, { egress: { allow: ['a.example.org'] } }, []],
  ['no host', { egress: { allow: [] } }, { egress: { allow: [] } }, []],
  [
    'other hosts',
    { egress: { allow: ['evil.com', 'evilexample.org'] } },
    { egress: { allow: [] } },
    ['egress.allow', 'egress.allow'],
  ],
  ['a wider pattern', { egress: { allow: ['*.example.com'] } }, { egress: { allow: [] } }, ['egress.allow']],
  ['more branches', { push: { allow: ['*'] } }, { push: { allow: [] } }, ['push.allow']],
  ['more protection', { push: { protect: ['release'] } }, { push: { protect: ['main', 'release'] } }, []],
  ['no protection', { push: { protect: [] } }, { push: { protect: ['main'] } }, []],
  ['another remote', { project: { name: 'x', repo: 'evil/shop' } }, { project: { name: 'x' } }, ['project.repo']],
  ['more agents', { coordinate: { parallel: 99 } }, { coordinate: {} }, ['coordinate.parallel']],
  ['other plugins', { plugins: ['sync', 'evil'] }, { plugins: ['sync'] }, ['plugins']],
  [
    'a secret for another host',
    { secrets: { TOKEN: { hosts: ['evil.com', 'a.example.org'], header: 'Authorization' } } },
    { secrets: { TOKEN: { hosts: ['a.example.org'], header: 'authorization' } } },
    ['secrets.TOKEN'],
  ],
  [
    'a secret in another header',
    { secrets: { TOKEN: { hosts: ['api.example.com'], header: 'x-echo' } } },
    { secrets: {} },
    ['secrets.TOKEN'],
  ],
  [
    'a secret of nobody',
    { secrets: { constructor: { hosts: ['api.example.com'], header: 'x' } } },
    { secrets: {} },
    ['secrets.constructor'],
  ],
])('narrowConfig() of %s', (_, asked, config, refused) => {
  const narrowed = narrowConfig(allowed, asked);
  expect(narrowed.config).toEqual(config);
  expect(narrowed.refused.map(({ key }) => key)).toEqual(refused);
});

test('narrowConfig() lets a repository have nothing where the user has said nothing', () => {
  const asked: Config = {
    egress: { allow: ['a.example'] },
    push: { allow: ['x'] },
    plugins: ['p'],
    project: { repo: 'a/b' },
    sandbox: { runtime: 'docker' },
  };
  const { config } = narrowConfig({}, asked);
  expect(config).toEqual({ egress: { allow: [] }, push: { allow: [] }, plugins: [], project: {}, sandbox: {} });
});

test('narrowConfig() never widens', () => {
  const host = fc.constantFrom('a.com', 'b.a.com', '*.a.com', '*.b.a.com', 'a.com:80', 'xa.com', '*.com');
  const branch = fc.constantFrom('main', 'f/*', 'f/x', 'f/xy', 'f/x*', '*');
  const config = fc.record({
    limits: fc.record({ pids: fc.integer({ min: 1, max: 9 }), memory: fc.constantFrom('1g', '1024m', '2g', '512m') }),
    egress: fc.record({ allow: fc.array(host) }),
    push: fc.record({ allow: fc.array(branch), protect: fc.array(branch) }),
    plugins: fc.array(fc.constantFrom('p', 'q')),
  });
  fc.assert(
    fc.property(config, config, (user, repository) => {
      const narrowed = narrowConfig(user, repository).config;
      const covered = (list: readonly string[] | undefined, by: readonly string[], covers: typeof hostCovers) =>
        (list ?? []).every((one) => by.some((most) => covers(most, one)));
      expect(covered(narrowed.egress?.allow, user.egress.allow, hostCovers)).toBe(true);
      expect(covered(narrowed.push?.allow, user.push.allow, branchCovers)).toBe(true);
      expect(narrowed.push?.protect).toEqual(expect.arrayContaining(user.push.protect));
      expect(narrowed.limits?.pids ?? 0).toBeLessThanOrEqual(user.limits.pids);
      expect(user.plugins).toEqual(expect.arrayContaining(narrowed.plugins ?? []));
      // What has been narrowed once is allowed.
      expect(narrowConfig(user, narrowed)).toEqual({ config: narrowed, refused: [] });
    }),
  );
});
