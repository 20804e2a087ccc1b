import { expect, test } from 'vitest';
import { runCli } from './testing/run-cli.ts';
import { withWorld } from './testing/with-world.ts';

const misuse: readonly (readonly [string, ...string[]])[] = [
  ['nope'],
  ['lst'],
  ['list', '--bogus'],
  ['list', 'too', 'many'],
  ['send'],
  ['send', 'mars'],
  ['send', 'mars', 'fix', 'the', 'bug'],
  ['send', 'mars', 'text', '--file', 'x'],
  ['send', 'mars', 'text', '--queue', '--steer'],
  ['send', 'mars', ''],
  ['send', 'MARS!', 'text'],
  ['up', 'mars', 'fix it'],
  ['up', '-', '--prompt', 'x'],
  ['up', 'mars', '-', '--prompt-file', 'x'],
  ['up', '--prompt', 'x', '--prompt-file', 'y'],
  ['up', '--prompt', 'x', '--no-agent'],
  ['up', '--prompt', ''],
  ['up', '--prompt'],
  ['up', 'mars', '--reset'],
  ['up', '--budget', '0'],
  ['up', '--budget', '-1'],
  ['up', '--budget', 'much'],
  ['up', '--timeout', '4 hours'],
  ['up', '--timeout', '0s'],
  ['up', '--runtime', 'vm'],
  ['up', '../etc'],
  ['run'],
  ['run', 'shell'],
  ['run', 'shell', 'a', 'b'],
  ['run', 'shell', 'a', '--timeout', 'soon'],
  ['warm'],
  ['down'],
  ['down', 'mars', '--all'],
  ['down', '--all', '--everywhere'],
  ['interrupt'],
  ['interrupt', 'a', 'b'],
  ['logs', 'mars', '--since', 'yesterday'],
  ['ssh'],
  ['ssh', 'mars'],
  ['ssh', 'mars', 'ls', '-la'],
  ['agents', 'nope'],
  ['agents', 'add'],
  ['agents', 'login'],
  ['agents', 'login', 'claude'],
  ['serve', '--status', '--stop'],
  ['serve', '--listen', '127.0.0.1:0'],
  ['completion'],
  ['completion', 'tcsh'],
  ['help', 'nope'],
  ['list', '--server', 'ftp://x'],
  ['list', '--server', 'localhost:80'],
  ['--json'],
];

test.each(misuse.map((argv) => [argv.join(' '), argv] as const))('run() ends `cspace %s` with 2', async (_, argv) => {
  await withWorld(async ({ cli, world }) => {
    world.addSession({ name: 'mars' });
    const { exitCode, stdout, stderr } = await cli(argv);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^Cannot .+\n {2}→ .+/);
    expect(world.calls.some(({ name }) => /create|prompt|remove|login/.test(name))).toBe(false);
  });
});

test.each([['help'], ['--help'], ['help', 'up'], ['up', '--help'], ['agents', '--help'], ['--version'], []])(
  'run() ends `cspace %s %s` with 0 and its text on standard output',
  async (...argv) => {
    const { exitCode, stdout, stderr } = await runCli(argv.filter((word) => word !== undefined));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/cspace/);
  },
);

test('run() says in the help of every command what it does', async () => {
  const { stdout } = await runCli(['help']);
  const commands = [...stdout.matchAll(/^ {2}([a-z][a-z-]+)(?: [<[].*?[>\]])* {2,}/gm)].map(([, name]) => name ?? '');
  expect(commands).toContain('interrupt');
  for (const command of commands.filter((name) => name !== 'help')) {
    expect((await runCli(['help', command])).stdout).toMatch(/^Usage: cspace .*\n\n[A-Z].*[^:]\n/);
  }
});

test('run() says who is near when a command is not known', async () => {
  expect((await runCli(['lst'])).stderr).toContain('list');
});

test('run() takes the common options before and after the command', async () => {
  await withWorld(async ({ cli }) => {
    for (const argv of [
      ['--json', 'list'],
      ['list', '--json'],
    ])
      expect((await cli(argv)).stdout).toBe('[]\n');
  });
});
