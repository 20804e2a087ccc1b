import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type Registries, readRegistries } from './read-registries.ts';

const TOKEN = 'canary-token-0123456789';

/** What is read from a machine with these files and this environment. No token may ever be in it. */
function read(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Registries {
  const root = mkdtempSync(join(tmpdir(), 'machine-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const registries = readRegistries({ env, home: '/home/ann', root });
    expect(JSON.stringify(registries)).not.toContain(TOKEN);
    return registries;
  } finally {
    rmSync(root, { recursive: true });
  }
}

const hostsOf = ({ grants }: Registries) => grants.map(({ pattern }) => pattern);

test('readRegistries() gives nothing where nothing is configured', () => {
  expect(read({})).toEqual({ grants: [], environment: {}, files: [] });
});

test('readRegistries() reads npm: environment over user over global, scopes, proxies, no tokens', () => {
  const registries = read(
    {
      '/home/ann/.npmrc': [
        `registry=https://ann:${TOKEN}@npm.corp.example/repo/?t=${TOKEN}`,
        '; a comment',
        '@corp:registry = "https://scoped.corp.example:8443/npm/"',
        `@var:registry=https://\${VAR_HOST}/`,
        `@gone:registry=https://\${NOT_SET}/`,
        `//npm.corp.example/repo/:_authToken=${TOKEN}`,
        `_password=${TOKEN}`,
        'https-proxy=http://proxy.corp.example:3128',
        'cafile=/etc/ssl/certs/ca-certificates.crt',
      ].join('\n'),
      '/opt/node/etc/npmrc': '@glob:registry=http://global.corp.example/\nregistry=https://hidden.example/',
    },
    { PATH: '/bin:/opt/node/bin', VAR_HOST: 'var.corp.example' },
  );
  expect(hostsOf(registries).sort()).toEqual([
    'global.corp.example:80',
    'npm.corp.example:443',
    'proxy.corp.example:3128',
    'scoped.corp.example:8443',
    'var.corp.example:443',
  ]);
  expect(registries.grants.every(({ origin }) => origin === 'user')).toBe(true);
  expect(registries.environment).toMatchObject({
    npm_config_registry: 'https://npm.corp.example/repo/',
    'npm_config_@corp:registry': 'https://scoped.corp.example:8443/npm/',
    npm_config_cafile: '/etc/ssl/certs/ca-certificates.crt',
  });
  expect(registries.files).toEqual([
    { path: '.npmrc', text: expect.stringContaining('@corp:registry=https://scoped') },
  ]);
  const other = read(
    { '/home/ann/.npmrc': 'registry=https://a.example/' },
    { NPM_CONFIG_REGISTRY: 'https://b.example/' },
  );
  expect(hostsOf(other)).toEqual(['b.example:443']);
});

test('readRegistries() gives a registry on loopback the name that leads there from inside', () => {
  const registries = read(
    {},
    { npm_config_registry: 'http://localhost:4873/', PIP_INDEX_URL: 'http://127.0.0.1:3141/root/+simple/' },
  );
  expect(hostsOf(registries)).toEqual([
    'localhost:4873',
    'host.cspace.internal:4873',
    '127.0.0.1:3141',
    'host.cspace.internal:3141',
  ]);
  expect(registries.environment).toEqual({
    npm_config_registry: 'http://host.cspace.internal:4873/',
    npm_config_replace_registry_host: 'always',
    PIP_INDEX_URL: 'http://host.cspace.internal:3141/root/+simple/',
    PIP_TRUSTED_HOST: 'host.cspace.internal:3141',
  });
});

test('readRegistries() reads pip: files, many indexes, local directories that a sandbox sees', () => {
  const registries = read(
    {
      '/etc/pip.conf': `[global]\nindex-url = https://u:${TOKEN}@pypi.corp.example/simple\n`,
      '/home/ann/.config/pip/pip.conf': [
        '[global]',
        'extra-index-url =',
        '    https://one.example/simple',
        `    https://${TOKEN}@two.example:8443/simple`,
        '    file:///home/ann/simple',
        '[install]',
        'find-links = /opt/wheels /home/ann/wheels',
        'trusted-host = one.example',
        '[list]',
        'index-url = https://unused.example/',
      ].join('\n'),
    },
    { PIP_CERT: '/home/ann/own.pem' },
  );
  expect(hostsOf(registries)).toEqual(['pypi.corp.example:443', 'one.example:443', 'two.example:8443']);
  expect(registries.environment).toEqual({
    PIP_INDEX_URL: 'https://pypi.corp.example/simple',
    PIP_EXTRA_INDEX_URL: 'https://one.example/simple https://two.example:8443/simple',
    PIP_FIND_LINKS: '/opt/wheels',
    PIP_TRUSTED_HOST: 'one.example',
  });
});

test('readRegistries() reads apt: both formats and the proxy', () => {
  const registries = read({
    '/etc/apt/sources.list':
      '# deb http://commented.example/ x\ndeb [arch=amd64 signed-by=/x] http://deb.example/debian stable main\ndeb cdrom:[x]/ stable main\n',
    '/etc/apt/sources.list.d/a.sources':
      'Types: deb\n# URIs: http://no.example\nURIs: https://a.example/x\n http://b.example/y\nSuites: x\n\nEnabled: no\nURIs: http://off.example/\n',
    '/etc/apt/sources.list.d/b.list.disabled': 'deb http://disabled.example/ x\n',
    '/etc/apt/apt.conf.d/01proxy': `// Acquire::http::Proxy "http://commented.example:1";\nAcquire::http::Proxy "http://u:${TOKEN}@cache.example:3142";\nAcquire { https { Proxy "DIRECT"; } }`,
  });
  expect(hostsOf(registries)).toEqual(['deb.example:80', 'a.example:443', 'b.example:80', 'cache.example:3142']);
});

test('readRegistries() reads cargo, and writes its configuration without tokens', () => {
  const registries = read(
    {
      '/home/ann/.cargo/config.toml': [
        '[source.crates-io]',
        'replace-with = "corp"',
        '[source.corp]',
        'registry = "sparse+https://crates.corp.example/index/" # mirror',
        '[registries.own]',
        `index = "sparse+https://x:${TOKEN}@own.example:8443/index/"`,
        `token = "${TOKEN}"`,
        '[build]',
        'rustc-wrapper = "sccache"',
      ].join('\n'),
    },
    { CARGO_REGISTRIES_EXTRA_INDEX: 'sparse+https://extra.example/', CARGO_REGISTRIES_OWN_TOKEN: TOKEN },
  );
  expect(hostsOf(registries)).toEqual(['crates.corp.example:443', 'own.example:8443', 'extra.example:443']);
  expect(registries.files).toEqual([
    {
      path: '.cargo/config.toml',
      text: [
        '[source.crates-io]\nreplace-with = "corp"\n',
        '[source.corp]\nregistry = "sparse+https://crates.corp.example/index/"\n',
        '[registries.own]\nindex = "sparse+https://own.example:8443/index/"\n',
      ].join('\n'),
    },
  ]);
});

test('readRegistries() reads Go', () => {
  const registries = read(
    { '/home/ann/.config/go/env': 'GOSUMDB=sum.corp.example\nGOPROXY=https://hidden.example\n' },
    { GOPROXY: `https://u:${TOKEN}@go.corp.example/mod,https://two.example|direct`, GOPRIVATE: 'corp.example' },
  );
  expect(hostsOf(registries)).toEqual(['go.corp.example:443', 'two.example:443', 'sum.corp.example:443']);
  expect(registries.environment).toEqual({
    GOPROXY: 'https://go.corp.example/mod,https://two.example/|direct',
    GOSUMDB: 'sum.corp.example',
    GOPRIVATE: 'corp.example',
  });
});

test('readRegistries() passes over what it cannot understand', () => {
  const nonsense = 'registry=::::\n@a:registry=ssh://x\n[\n=\n=x\nregistry\n\0\uffff';
  expect(
    hostsOf(
      read(
        {
          '/home/ann/.npmrc': nonsense,
          '/etc/pip.conf': nonsense,
          '/home/ann/.cargo/config': nonsense,
          '/etc/apt/sources.list': nonsense,
        },
        { GOPROXY: 'off', GOSUMDB: 'off', PIP_INDEX_URL: 'not a url', npm_config_registry: '' },
      ),
    ),
  ).toEqual([]);
});
