import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dockerEngine } from './docker-engine.ts';

const HOST = 'tcp://builder.example:2376';

test('dockerEngine() reads certificates where TLS is asked for, and only then', () => {
  const home = mkdtempSync(join(tmpdir(), 'engine-'));
  try {
    mkdirSync(join(home, '.docker'));
    for (const name of ['ca', 'cert', 'key']) writeFileSync(join(home, '.docker', `${name}.pem`), `the ${name}`);
    expect(dockerEngine({})).toMatchObject({ host: undefined, tls: undefined });
    expect(dockerEngine({ DOCKER_HOST: HOST, HOME: home })).toMatchObject({ host: HOST, tls: undefined });
    expect(dockerEngine({ DOCKER_HOST: HOST, DOCKER_TLS_VERIFY: '1', HOME: home })).toEqual({
      host: HOST,
      certificates: join(home, '.docker'),
      tls: { ca: 'the ca', cert: 'the cert', key: 'the key' },
    });
    expect(dockerEngine({ DOCKER_HOST: 'unix:///x', DOCKER_TLS_VERIFY: '1' })).toMatchObject({ tls: undefined });
  } finally {
    rmSync(home, { recursive: true });
  }
});

test('dockerEngine() says which certificate it cannot read, and what to do', () => {
  const env = { DOCKER_HOST: HOST, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/nowhere' };
  expect(() => dockerEngine(env)).toThrow(
    expect.objectContaining({
      code: 'invalid',
      message: expect.stringMatching(/^Cannot use the Docker engine tcp:.* over TLS: .*\/nowhere\/ca\.pem/),
      hint: expect.stringContaining('DOCKER_CERT_PATH'),
    }),
  );
});
