import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { git } from '../project/git.ts';
import { runCli } from '../testing/run-cli.ts';
import { withWorld } from '../testing/with-world.ts';
import { SCRIPTS } from './scripts.ts';

test.each(Object.entries(SCRIPTS))('the script for %s is one that the shell reads', async (shell, script) => {
  const { stdout } = await runCli(['completion', shell]);
  expect(stdout).toBe(script);
  const checked = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' });
  const isMissing = checked.error !== undefined && 'code' in checked.error && checked.error.code === 'ENOENT';
  if (!isMissing) expect({ status: checked.status, stderr: checked.stderr }).toEqual({ status: 0, stderr: '' });
});

const words = (text: string) =>
  text
    .split('\n')
    .map((line) => line.split('\t')[0])
    .filter((word) => word !== '');

test('complete() knows commands, options, sessions, agents and branches', async () => {
  await withWorld(async ({ cli, world, directory }) => {
    world.addSession({ name: 'mars' });
    world.addSession({ name: 'mercury' });
    world.agents = [
      {
        name: 'shell',
        description: 'Runs\x1b[2J it',
        provider: 'shell',
        model: null,
        source: 'built-in',
        installed: true,
        credential: null,
        problem: null,
      },
    ];
    world.services = [{ name: 'db', where: 'inside', ports: [5432], onDemand: false }];
    await git(directory, 'init', '--quiet', '--initial-branch=main');
    await git(
      directory,
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
    await git(directory, 'branch', 'feature/one');
    await git(directory, 'branch', '$(id)/x');
    const answers = async (...argv: string[]) => words((await cli(['__complete', '--', ...argv])).stdout);
    expect(await answers('li')).toEqual(['list']);
    expect(await answers('')).toEqual(expect.arrayContaining(['up', 'send', 'quickstart']));
    expect(await answers('')).not.toContain('__complete');
    expect(await answers('agents', 'lo')).toEqual(['login', 'logout']);
    expect(await answers('send', 'm')).toEqual(['mars', 'mercury']);
    expect(await answers('--json', 'attach', 'me')).toEqual(['mercury']);
    expect(await answers('down', 'mars', 'mer')).toEqual(['mercury']);
    expect(await answers('up', '')).toEqual(['mars', 'mercury', 'feature/one']);
    expect(await answers('up', '--base', '')).toEqual(['feature/one', 'main']);
    expect(await answers('up', '--agent', '')).toEqual(['shell']);
    expect(await answers('run', 's')).toEqual(['shell']);
    expect(await answers('up', '--prompt-file', '')).toEqual([':files']);
    expect(await answers('up', '--det')).toEqual(['--detach']);
    expect(await answers('send', 'mars', '')).toEqual([]);
    expect(await answers('logs', 'mars', '--service', 'd')).toEqual(['db']);
    expect(await answers('logs', '--service', 'd')).toEqual([]);
    expect(await answers('ssh', 'mars', '--', 'l')).toEqual([]);
    expect((await cli(['__complete', '--', 'run', ''])).stdout).not.toContain('\x1b');
  });
});

test('complete() says nothing, quickly, without a server', async () => {
  const ran = await runCli(['__complete', '--', 'send', ''], { env: { CSPACE_HOME: '/nonexistent/home' } });
  expect(ran).toEqual({ exitCode: 0, stdout: '', stderr: '' });
});

test('bash completes with the script', async () => {
  await withWorld(async ({ cli, world }) => {
    world.addSession({ name: 'mars' });
    const given = (await cli(['__complete', '--', 'send', 'ma'])).stdout;
    const script = `cspace() { printf '%s' "$CANNED"; }\n${SCRIPTS.bash}\nCOMP_WORDS=(cspace send ma); COMP_CWORD=2; _cspace; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const ran = spawnSync('bash', ['-c', script], { encoding: 'utf8', env: { ...process.env, CANNED: given } });
    expect(ran.stdout).toBe('mars\n');
  });
});
