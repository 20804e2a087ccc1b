import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Product, product } from './harness/product.ts';
import { refused } from './harness/refused.ts';
import { git, repository } from './harness/repository.ts';

let cspace: Product;
let cwd: string;
beforeAll(async () => {
  cspace = await product({ DOCKER_HOST: 'unix:///nowhere/docker.sock' });
  cwd = repository(cspace.home);
});
afterAll(async () => {
  await cspace[Symbol.asyncDispose]();
});

const MIB = 1024 * 1024;
const TORTURE = `$HOME \`id\` "q" 'q' \\ \\n !! $(id) %s \u001b[31m\u0007 ☃ 🦄 é e\u0301 \u202e \r\n\ttab\r #{x} && || ; < > * ? ~ $'x'`;
/** A script that stores what follows in it, byte for byte, on the branch that it pushes. */
const script = (text: string) =>
  `cat > got.txt <<'END-OF-TORTURE'\n${text}\nEND-OF-TORTURE\ngit add -A; git -c core.autocrlf=false commit -qm got; git push -q`;

test.each([
  ['an argument', (text: string) => ({ args: ['--prompt', text] })],
  ['a file', (text: string) => ({ args: ['--prompt-file', file('prompt.txt', text)] })],
  ['standard input', (text: string) => ({ args: ['-'], input: text })],
] as const)('a torture prompt from %s arrives byte for byte', async (how, given) => {
  const name = `torture-${how.replaceAll(/[^a-z]/g, '')}`;
  const { args, ...options } = { input: '', ...given(script(TORTURE)) };
  const up = await cspace.run(['up', name, ...args, '--agent', 'shell'], { cwd, ...options });
  expect(up).toMatchObject({ exitCode: 0 });
  expect(git(cwd, 'rev-parse', `${name}:got.txt`)).toBe(
    git(cwd, 'hash-object', '--no-filters', file('wanted', `${TORTURE}\n`)),
  );
  await cspace.run(['down', name, '--force'], { cwd });
});

test('a prompt of exactly a mebibyte is taken by up and by send', async () => {
  const padded = (command: string) => `${command} #`.padEnd(MIB, 'x');
  const up = await cspace.run(['up', 'long', '-', '--agent', 'shell'], { cwd, input: padded('echo up') });
  expect(up).toMatchObject({ exitCode: 0 });
  const sent = await cspace.run(['send', 'long', '-'], { cwd, input: padded('echo sent > sent.txt') });
  expect(sent).toMatchObject({ exitCode: 0 });
  await expect
    .poll(async () => (await cspace.run(['ssh', 'long', '--', 'cat', 'sent.txt'], { cwd })).stdout)
    .toBe('sent\n');
  await cspace.run(['down', 'long', '--force'], { cwd });
});

test.each([
  ['longer than 1 MiB', Buffer.alloc(MIB + 1, 'x'), /longer than 1 MiB/],
  ['longer in bytes than in characters', Buffer.from('é'.repeat(MIB / 2 + 1)), /longer than 1 MiB/],
  ['with a NUL byte', Buffer.from('echo a\0b'), /NUL/],
  ['not UTF-8', Buffer.from([0x61, 0xff, 0xfe]), /not UTF-8/],
  ['a surrogate in CESU-8', Buffer.from([0xed, 0xa0, 0x80]), /not UTF-8/],
  ['empty', Buffer.alloc(0), /empty/],
] as const)('a prompt that is %s is refused before anything is made', async (_, input, why) => {
  await refused(cspace, ['up', 'mars', '-', '--agent', 'shell'], { exitCode: 2, why }, { cwd, input });
  const path = file('bad-prompt', input);
  await refused(cspace, ['up', 'mars', '--prompt-file', path, '--agent', 'shell'], { exitCode: 2, why }, { cwd });
  await refused(cspace, ['run', 'shell', '-'], { exitCode: 2, why }, { cwd, input });
});

test.each([
  '../x',
  '-rf',
  '--',
  'new\nline',
  '🦄',
  '',
  ' ',
  'a b',
  '.',
  '..',
  'a/../b',
  '/etc/passwd',
  'a//b',
  'feature/..',
  '%2e%2e',
  "x';id;'",
  'x'.repeat(64),
  'x'.repeat(255),
  `feature/${'x'.repeat(255)}`,
  '_coordinator',
  '_Coordinator',
  '_other',
  '__proto__',
])('the name %j is refused', async (name) => {
  const why = /name|option|argument/;
  await refused(cspace, ['up', '--agent', 'shell', '--prompt', 'id', '--', name], { exitCode: 2, why }, { cwd });
});

test('names that differ in case alone are one session', async () => {
  expect(await cspace.run(['up', 'Twin', '--no-agent'], { cwd })).toMatchObject({ exitCode: 0 });
  const again = await cspace.json<{ name: string }>(['up', 'TWIN', '--no-agent', '--json'], { cwd });
  expect(again.name).toBe('twin');
  expect(await cspace.json(['list', '--json'], { cwd })).toHaveLength(1);
  await cspace.run(['down', 'twin'], { cwd });
});

test('a branch is not taken for another whose name differs in case or punctuation', async () => {
  expect(await cspace.run(['up', 'feature/Twin', '--no-agent'], { cwd })).toMatchObject({ exitCode: 0 });
  await refused(cspace, ['up', 'feature/twin', '--no-agent'], { exitCode: 4, why: /feature\/Twin/ }, { cwd });
  expect(await cspace.run(['up', 'feature-twin', '--no-agent'], { cwd })).toMatchObject({ exitCode: 0 });
  await cspace.run(['down', 'feature-twin'], { cwd });
});

test.each([
  [['up', 'mars', '--prompt-file', 'missing.txt'], 3, /there is no such file/],
  [['up', 'mars', '--prompt-file', '.'], 3, /directory/],
  [['up', 'mars', '--agent', 'nobody', '--prompt', 'x'], 3, /agent nobody/],
  [['up', 'mars', '--agent', '../../etc/passwd', '--prompt', 'x'], 3, /agent/],
  [['up', 'mars', '--agent', 'claude', '--prompt', 'x'], 7, /model key/],
  [['up', 'mars', '--agent', 'codex', '--prompt', 'x'], 7, /codex/],
  [['up', 'mars', '--agent', 'shell', '--base', 'no-such', '--prompt', 'x'], 3, /no-such/],
  [['up', 'mars', '--agent', 'shell', '--base', '--upload-pack=x', '--prompt', 'x'], 3, /upload-pack/],
  [
    ['up', 'mars', '--agent', 'shell', '--runtime', 'docker', '--prompt', 'x'],
    7,
    /nowhere\/docker.sock does not answer/,
  ],
  [['send', 'nobody', 'x'], 3, /nobody/],
  [['interrupt', 'nobody'], 3, /nobody/],
  [['down', 'nobody'], 3, /nobody/],
  [['logs', 'nobody'], 3, /nobody/],
  [['ssh', 'nobody', '--', 'id'], 3, /nobody/],
  [['diff', 'nobody'], 3, /nobody/],
  [['restart-supervisor', 'nobody'], 3, /nobody/],
  [['agent-status', 'nobody'], 3, /nobody/],
  [['agents', 'add', 'nobody'], 3, /nobody: it cannot be added/],
  [['run', 'nobody', 'x'], 3, /agent nobody/],
] as const)('%j is refused', async (args, exitCode, why) => {
  await refused(cspace, args, { exitCode, why }, { cwd });
});

test.each([
  [['bogus']],
  [['up', '--bogus']],
  [['up', 'a', 'b', 'c']],
  [['up', 'mars', 'do it']],
  [['up', 'mars', '--prompt', 'x', '--prompt-file', 'y']],
  [['up', 'mars', '--prompt', 'x', '-']],
  [['up', 'mars', '--reset']],
  [['up', 'mars', '--no-agent', '--prompt', 'x']],
  [['up', 'mars', '--budget', 'much', '--prompt', 'x']],
  [['up', 'mars', '--budget', '-1', '--prompt', 'x']],
  [['up', 'mars', '--timeout', 'soon', '--prompt', 'x']],
  [['up', 'mars', '--timeout', '0', '--prompt', 'x']],
  [['up', 'mars', '--runtime', 'vm', '--prompt', 'x']],
  [['up', 'mars', '--runtime', 'swarm', '--prompt', 'x']],
  [['send']],
  [['send', 'mars']],
  [['run']],
  [['run', 'shell']],
  [['warm']],
  [['down']],
  [['down', 'mars', '--all']],
  [['logs']],
  [['serve', '--status', '--stop']],
  [['serve', '--listen', '127.0.0.1:0']],
  [['help', 'bogus']],
  [['completion', 'powershell']],
] as const)('%j is a usage error', async ([...args]) => {
  await refused(cspace, args, { exitCode: 2, why: /./ }, { cwd });
});

test.each([
  ['cspace list --json > /dev/full', 1, /^Cannot write standard output: .*no space/],
  ['set -o pipefail; cspace list --json | head -0', 141, /^$/],
  ['cspace bogus 2> /dev/full', 2, /^$/],
  ['mkdir gone; cd gone; rmdir ../gone; cspace list', 3, /Cannot run cspace: the directory/],
])('what cannot be told or begun is no success: %s', async (line, exitCode, why) => {
  const script = line.replace('cspace', `'${cspace.program}'`);
  const ran = spawnSync('bash', ['-c', script], { cwd, env: cspace.env, encoding: 'utf8', timeout: 60_000 });
  expect(ran.status).toBe(exitCode);
  expect(ran.stderr).toMatch(why);
});

test('a session made without an agent takes no prompt by send, and gets its agent by up', async () => {
  const up = await cspace.run(['up', 'bare', '--no-agent'], { cwd });
  expect(up).toMatchObject({ exitCode: 0 });
  await refused(cspace, ['send', 'bare', 'id'], { exitCode: 4, why: /without an agent/ }, { cwd });
  await refused(cspace, ['up', 'bare', '--prompt', 'id'], { exitCode: 7, why: /model key/ }, { cwd });
  const given = await cspace.run(['up', 'bare', '--agent', 'shell', '--prompt', 'echo here it is'], { cwd });
  expect(given.stdout).toContain('here it is');
  expect(given).toMatchObject({ exitCode: 0 });
  await refused(cspace, ['down', '--all'], { exitCode: 2, why: /needs a yes/ }, { cwd });
  await refused(cspace, ['down', '--everywhere', '--force'], { exitCode: 2, why: /needs a yes/ }, { cwd });
  expect(await cspace.run(['down', 'bare'], { cwd })).toMatchObject({ exitCode: 0 });
});

test.each([
  ['{"agent": {"default": "shell",}}', /\.cspace\.json.*line 1, column 31/],
  ['{"limits": {"memry": "1g"}}', /memry/],
  ['{"agnt": {}}', /agnt/],
  ['{"limits": {"memory": "lots"}}', /memory/],
  ['[]', /\.cspace\.json/],
  ['', /\.cspace\.json/],
  [`${'['.repeat(100_000)}`, /\.cspace\.json/],
  ['{"__proto__": {"x": 1}}', /__proto__/],
  ['\u0000', /\.cspace\.json/],
] as const)('a broken .cspace.json is an error that says where: %.40s', async (text, why) => {
  const own = repository(cspace.home, { '.cspace.json': text, 'a.txt': 'a' });
  const up = ['up', 'mars', '--agent', 'shell', '--prompt', 'id'];
  const { stderr } = await refused(cspace, up, { exitCode: 2, why }, { cwd: own });
  if (text.includes('memry')) expect(stderr).toContain('memory');
  if (text.includes('agnt')) expect(stderr).toContain('agent');
});

test('a directory that is no repository, or is not there, is refused', async () => {
  const plain = join(cspace.home, 'plain');
  mkdirSync(plain);
  const up = ['up', 'mars', '--agent', 'shell', '--prompt', 'id'];
  await refused(cspace, up, { exitCode: 2, why: /not in a git repository/ }, { cwd: plain });
  await refused(cspace, [...up, '--project', join(plain, 'missing')], { exitCode: 3, why: /no such directory/ });
  await refused(cspace, [...up, '--project', 'nothing'], { exitCode: 3, why: /nothing/ });
});

test('--json gives one value on standard output, and errors never go there', async () => {
  const up = await cspace.run(['up', 'json', '--agent', 'shell', '--prompt', 'echo hi', '--json'], { cwd });
  expect(up).toMatchObject({ exitCode: 0 });
  const lines = up.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.at(-1)).toMatchObject({ type: 'result', ok: true, name: 'json', outcome: { kind: 'finished' } });
  expect(Object.keys(await cspace.json<object>(['agent-status', 'json'], { cwd })).toSorted()).toEqual(
    [
      ...[
        'name',
        'sessionId',
        'conversationId',
        'role',
        'agent',
        'model',
        'state',
        'turns',
        'queueDepth',
        'currentTool',
        'questions',
      ],
      ...[
        'lastActivity',
        'lastActivityMs',
        'branch',
        'dirtyFiles',
        'unpushedCommits',
        'costUsd',
        'budgetUsd',
        'tokens',
      ],
      ...['runtime', 'supervisor'],
    ].toSorted(),
  );
  const doctor = await cspace.run(['doctor', '--json'], { cwd });
  expect(Object.keys(JSON.parse(doctor.stdout) as object)).toEqual(['ok', 'server', 'runtimes', 'agents', 'problems']);
  for (const args of [['list'], ['ports', 'json'], ['diff', 'json'], ['agents'], ['config'], ['version']]) {
    const { stdout, exitCode } = await cspace.run([...args, '--json'], { cwd });
    expect({ args, exitCode, value: typeof JSON.parse(stdout) }).toMatchObject({ exitCode: 0, value: 'object' });
  }
  const failed = await cspace.run(['send', 'nobody', 'x', '--json'], { cwd });
  expect(failed).toMatchObject({ exitCode: 3, stdout: '' });
  await cspace.run(['down', 'json', '--force'], { cwd });
});

function file(name: string, content: string | Buffer): string {
  const path = join(cspace.home, name);
  writeFileSync(path, content);
  return path;
}
