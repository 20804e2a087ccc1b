import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseConfig } from '@cspace/domain';
import { expect, test } from 'vitest';
import { git } from '../project/git.ts';
import { runCli } from '../testing/run-cli.ts';
import { temporary } from '../testing/temporary.ts';
import { detect } from './detect.ts';

async function repository(files: Record<string, string>, branch = 'main') {
  const directory = temporary();
  await git(directory.path, 'init', '--quiet', `--initial-branch=${branch}`);
  await git(
    directory.path,
    '-c',
    'user.name=a',
    '-c',
    'user.email=a@b.c',
    'commit',
    '--quiet',
    '--allow-empty',
    '-m',
    'x',
  );
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory.path, name)), { recursive: true });
    writeFileSync(join(directory.path, name), text);
  }
  return directory;
}

const rows: readonly (readonly [string, Record<string, string>, object])[] = [
  [
    'npm',
    { 'package.json': '{"scripts":{"test":"vitest","dev":"vite"}}' },
    { verify: { all: 'npm test' }, sandbox: { ports: { '5173': 'web' } } },
  ],
  [
    'pnpm and a port',
    { 'package.json': '{"scripts":{"test":"x","dev":"next dev -p 4000"}}', 'pnpm-lock.yaml': '' },
    { verify: { all: 'pnpm test' }, sandbox: { ports: { '4000': 'web' } } },
  ],
  ['no real test', { 'package.json': '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}' }, {}],
  ['make', { Makefile: 'all:\n\ttrue\ncheck: all\n\ttrue\ntest:\n\ttrue\n' }, { verify: { all: 'make check' } }],
  ['a variable is not a target', { Makefile: 'test := 1\n' }, {}],
  ['cargo', { 'Cargo.toml': '' }, { verify: { all: 'cargo test' } }],
  ['go', { 'go.mod': '' }, { verify: { all: 'go test ./...' } }],
  ['pytest', { 'pyproject.toml': '[tool.pytest.ini_options]' }, { verify: { all: 'pytest' } }],
  ['a broken package.json', { 'package.json': '{' }, {}],
  ['a package.json that is a list', { 'package.json': '[null]' }, {}],
];

test.each(rows)('detect() finds %s', async (_, files, found) => {
  using directory = await repository(files);
  const { config } = await detect(directory.path);
  expect(config).toEqual({ project: { baseBranch: 'main' }, ...found });
  expect(parseConfig('x', JSON.stringify(config))).toEqual(config);
});

test('init() writes what it found, and never over something else without a yes', async () => {
  using directory = await repository({ 'go.mod': '' }, 'trunk');
  const path = join(directory.path, '.cspace.json');
  const cli = (...argv: string[]) => runCli(argv, { cwd: directory.path });
  expect(await cli('init', '--print')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"trunk"') });
  expect(await cli('init')).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    project: { baseBranch: 'trunk' },
    verify: { all: 'go test ./...' },
  });
  expect(await cli('init')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('already') });
  writeFileSync(path, '{}\n');
  expect(await cli('init')).toMatchObject({ exitCode: 2 });
  expect(await runCli(['init'], { cwd: directory.path, tty: true, stdin: 'no\n' })).toMatchObject({ exitCode: 4 });
  expect(readFileSync(path, 'utf8')).toBe('{}\n');
  expect(await cli('init', '--yes', '--json')).toMatchObject({ exitCode: 0 });
  expect(readFileSync(path, 'utf8')).toContain('trunk');
});

test('config shows each value and where it is from', async () => {
  using directory = await repository({
    '.cspace.json': '{"limits":{"timeout":"1h"},"push":{"allow":["release/*"]}}',
    '.cspace.local.json': '{"agent":{"model":"m"}}',
  });
  const cli = (...argv: string[]) => runCli(argv, { cwd: directory.path, env: { CSPACE_LIMITS_MEMORY: '2g' } });
  const { stdout, stderr, exitCode } = await cli('config');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/limits\.timeout +"1h" +\.cspace\.json/);
  expect(stdout).toMatch(/limits\.memory +"2g" +environment/);
  expect(stdout).toMatch(/agent\.model +"m" +\.cspace\.local\.json/);
  expect(stderr).toMatch(/asks for push\.allow/);
  expect(await cli('config', 'limits.timeout')).toMatchObject({ stdout: '1h\n' });
  expect(await cli('config', 'limits.memroy')).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('limits.memory'),
  });
  expect(JSON.parse((await cli('config', '--json')).stdout)).toMatchObject({
    config: { limits: { timeout: '1h' } },
    origins: { 'limits.memory': 'environment' },
  });
});
