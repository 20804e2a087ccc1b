import { expect, test } from 'vitest';
import { withWorld } from '../testing/with-world.ts';

const agent = (name: string, change: object) => ({
  name,
  description: `What ${name} is for`,
  provider: name,
  model: null,
  source: 'built-in',
  installed: true,
  credential: null,
  problem: null,
  ...change,
});

test('agents tells which can be used and why others cannot', async () => {
  await withWorld(async ({ cli, world }) => {
    world.agents = [
      agent('shell', {}),
      agent('claude', { credential: false }),
      agent('codex', { installed: false }),
      agent('mine', {
        problem: '.cspace/agents/mine.md, line 3: unknown key colour',
        source: '.cspace/agents/mine.md',
      }),
    ];
    const { stdout, exitCode } = await cli(['agents']);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
      ['AGENT', 'STATE'],
      ['shell', 'ready'],
      ['claude', 'no credential'],
      ['codex', 'not installed'],
      ['mine', 'broken'],
      [''],
    ]);
    expect(stdout).toContain('line 3: unknown key colour');
    expect((await cli(['agents', 'list', '--json'])).stdout).toBe(`${JSON.stringify(world.agents)}\n`);
    expect(await cli(['agents', 'add', 'codex'])).toMatchObject({
      exitCode: 0,
      stdout: 'codex 1.2.3 is installed (5 MB)\n',
    });
  });
});

test('agents login takes the key from standard input or the environment, and never shows it', async () => {
  await withWorld(async ({ cli, world }) => {
    const asked = () => world.calls.findLast(({ name }) => name === 'agents.login')?.input;
    const piped = await cli(['agents', 'login', 'claude', '--base-url', 'http://127.0.0.1:1'], {
      stdin: 'sk-ant-api-secret\n',
    });
    expect(piped).toMatchObject({ exitCode: 0 });
    expect(piped.stdout + piped.stderr).not.toContain('secret');
    expect(asked()).toEqual({
      provider: 'claude',
      credential: { kind: 'api-key', value: 'sk-ant-api-secret', baseUrl: 'http://127.0.0.1:1' },
    });
    await cli(['agents', 'login', 'claude', '--from-env'], { env: { CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat-secret' } });
    expect(asked()).toEqual({ provider: 'claude', credential: { kind: 'oauth-token', value: 'sk-ant-oat-secret' } });
    expect(await cli(['agents', 'login', 'claude', '--from-env'])).toMatchObject({ exitCode: 2 });
    expect(await cli(['agents', 'login', 'claude'], { stdin: 'two words' })).toMatchObject({ exitCode: 2 });
    // OpenCode's key opens the same models wherever it is from.
    const env = { OPENAI_API_KEY: 'sk-of-another', ANTHROPIC_API_KEY: 'sk-ant-api-mine' };
    await cli(['agents', 'login', 'opencode', '--from-env'], { env });
    expect(asked()).toMatchObject({ provider: 'opencode', credential: { value: 'sk-ant-api-mine' } });
    const bogus = await cli(['agents', 'login', 'BOGUS'], { stdin: 'sk-ant-api-secret\n' });
    expect(bogus).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('One of claude') });
    expect(bogus.stderr).not.toContain('Paste');
    expect(await cli(['agents', 'logout', 'claude'])).toMatchObject({ exitCode: 0 });
  });
});
