import { expect, test } from 'vitest';
import { withWorld } from '../testing/with-world.ts';

const NOW_MS = Date.parse('2026-01-31T13:00:00Z');

test('list() has a line for each session, stopped ones too, and what goes wrong', async () => {
  await withWorld(async ({ cli, world }) => {
    world.addSession({
      name: 'mars',
      branch: 'feature/x',
      doing: 'npm test',
      spentUsd: 0.42,
      queueDepth: 2,
      state: { kind: 'working', sinceMs: 0 },
    });
    world.addSession({
      name: 'venus',
      createdAtMs: NOW_MS - 60_000,
      state: { kind: 'stopped', sinceMs: 0, reason: 'idle' },
      doing: 'asleep',
    });
    world.addSession({
      name: 'earth',
      createdAtMs: NOW_MS - 30_000,
      state: { kind: 'failed', sinceMs: 0, why: 'no \x1b[2Jbwrap' },
      withAgent: false,
    });
    world.addSession({
      name: 'pluto',
      createdAtMs: NOW_MS - 20_000,
      state: { kind: 'stopped', sinceMs: 0, reason: 'asked' },
      doing: 'stopped (asked)',
    });
    const { stdout, exitCode } = await cli(['list']);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`NAME    PROJECT   STATE     AGENT   BRANCH      AGE    COST   DOING
mars    slug      working   shell   feature/x    1h   $0.42   npm test (+2 queued)
venus   slug      asleep    shell   venus        1m       –   –
earth   slug      failed    –       earth       30s       –   no ␛[2Jbwrap
pluto   slug      stopped   shell   pluto       20s       –   –
`);
  });
});

test('list() says how to begin where there is nothing, and is [] for a program', async () => {
  await withWorld(async ({ cli }) => {
    expect(await cli(['list'])).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringContaining('cspace up'),
    });
    expect(await cli(['ls', '--json'])).toEqual({ exitCode: 0, stdout: '[]\n', stderr: '' });
  });
});

test('what list() prints can be given to other commands', async () => {
  await withWorld(async ({ cli, world }) => {
    world.addSession({ name: 'feature-x', branch: 'feature/x' });
    const id = [...world.sessions.keys()][0] ?? '';
    for (const name of ['feature-x', 'feature/x', 'FEATURE-X', id]) {
      expect(await cli(['stop', name])).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('feature-x stopped'),
      });
    }
  });
});

test('a name that is not there says which are', async () => {
  await withWorld(async ({ cli, world }) => {
    expect(await cli(['stop', 'mars'])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('cspace up mars makes one'),
    });
    world.addSession({ name: 'venus' });
    expect(await cli(['stop', 'mars'])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('slug has venus'),
    });
  });
});
