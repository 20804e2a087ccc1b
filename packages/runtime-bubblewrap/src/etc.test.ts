import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeEtc, withoutCredentials } from './etc.ts';

test('withoutCredentials() keeps the mirror and drops what opens it', () => {
  const text = [
    'registry=https://npm.example.com/',
    '//npm.example.com/:_authToken=npm_secret',
    '_auth = c2VjcmV0',
    'index-url = https://me:hunter2@pypi.example.com/simple',
    'password = hunter2',
    'http_proxy = http://u:p%40@proxy:3128/',
    'cafile=/etc/ssl/certs/ca.crt',
  ].join('\n');
  expect(withoutCredentials(text)).toBe(
    [
      'registry=https://npm.example.com/',
      'index-url = https://pypi.example.com/simple',
      'http_proxy = http://proxy:3128/',
      'cafile=/etc/ssl/certs/ca.crt',
    ].join('\n'),
  );
});

test('makeEtc() has what programs need and nothing that is called like a secret', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'cspace-etc-'));
  makeEtc(join(parent, 'etc'));
  const names = await readdir(join(parent, 'etc'), { recursive: true });
  expect(names).toEqual(expect.arrayContaining(['passwd', 'group', 'resolv.conf', 'nsswitch.conf', 'mtab', 'ssl']));
  expect(names.filter((name) => /shadow|passwd-|\.key$|(^|\/)private$|ssh_host|sudoers|machine-id/.test(name))).toEqual(
    [],
  );
  expect(await readFile(join(parent, 'etc/passwd'), 'utf8')).not.toMatch(/daemon|postgres/);
  await rm(parent, { recursive: true });
});
