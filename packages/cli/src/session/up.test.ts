import { fakeServer } from '@cspace/client/testing';
import { Fault, type TurnOutcome } from '@cspace/domain';
import type { Event } from '@cspace/protocol';
import { expect, test } from 'vitest';
import { withWorld } from '../testing/with-world.ts';

const outcomes: readonly (readonly [TurnOutcome, number])[] = [
  [{ kind: 'finished' }, 0],
  [{ kind: 'failed', why: 'exit code 1' }, 1],
  [{ kind: 'refused' }, 5],
  [{ kind: 'limit', limit: 'budget' }, 6],
  [{ kind: 'cancelled', by: 'ada' }, 130],
];

test.each(outcomes)('up() with a prompt exits with the outcome %o', async (outcome, exitCode) => {
  await withWorld(async ({ cli, world }) => {
    world.onPrompt = (_, session, { id }) =>
      world.emit(session.id, { type: 'turn.ended', promptId: id, outcome, ms: 1 });
    expect((await cli(['up', 'mars', '--prompt', 'Do it'])).exitCode).toBe(exitCode);
    const json = await cli(['up', 'mars', '--prompt', 'Do it', '--json']);
    expect(json.exitCode).toBe(exitCode);
    const last = JSON.parse(json.stdout.trimEnd().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ type: 'result', ok: exitCode === 0, name: 'mars', outcome });
  });
});

test('up() streams the work and ends with the branch and how to get at it', async () => {
  await withWorld(async ({ cli, world }) => {
    const landed = { kind: 'landed' as const, where: 'local' as const, ref: 'refs/remotes/cspace/feature/slug' };
    world.onPrompt = (_, session, { id }) => {
      const [oldCommit, newCommit] = ['0'.repeat(40), 'b'.repeat(40)];
      world.emit(
        session.id,
        { type: 'agent.text', kind: 'message', text: 'On it' },
        { type: 'git.push', ref: 'refs/heads/feature/slug', oldCommit, newCommit, result: landed },
        { type: 'git.status', branch: 'feature/slug', head: newCommit, dirtyFiles: 2, unpushedCommits: 0 },
        { type: 'turn.ended', promptId: id, outcome: { kind: 'finished' }, ms: 42_000 },
      );
    };
    const { stdout, stderr, exitCode } = await cli(['up', 'feature/slug', '--prompt', 'Do it']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('On it\n↑ Pushed feature/slug → your repository as refs/remotes/cspace/feature/slug');
    expect(stdout).toContain('feature-slug finished');
    expect(stdout).toContain('feature/slug in your repository as cspace/feature/slug (bbbbbbbbbb)');
    expect(stdout).toContain('2 files not committed, kept in feature-slug');
    expect(stdout).toContain('git diff main...cspace/feature/slug');
  });
});

test('up() goes on through a server that dies, and its JSON has every event once', async () => {
  await withWorld(async ({ cli, world, server, socketPath }) => {
    const said = (text: string): Event => ({ type: 'agent.text', kind: 'message', text });
    const dying = Promise.withResolvers<AsyncDisposable>();
    world.onPrompt = async (_, session, { id }) => {
      world.emit(session.id, said('one'));
      await new Promise((resolve) => setTimeout(resolve, 100));
      await server.kill();
      world.emit(session.id, said('two'));
      await new Promise((resolve) => setTimeout(resolve, 100));
      dying.resolve(await fakeServer(socketPath, world));
      world.emit(session.id, said('three'), { type: 'turn.ended', promptId: id, outcome: { kind: 'finished' }, ms: 1 });
    };
    const { stdout, exitCode } = await cli(['up', 'mars', '--prompt', 'Do it', '--json']);
    await using _ = await dying.promise;
    expect(exitCode).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.slice(0, -1).map(({ seq }) => seq)).toEqual(lines.slice(0, -1).map((_, at) => at + 1));
    expect(lines.flatMap(({ event }) => (event?.type === 'agent.text' ? [event.text] : []))).toEqual([
      'one',
      'two',
      'three',
    ]);
  });
});

test('up() sends a prompt once when its answer got lost', async () => {
  await withWorld(async ({ cli, world }) => {
    world.faults.set('sessions.create', new Fault('unavailable', 'Cannot answer: going down'));
    expect((await cli(['up', 'mars', '--prompt', 'Do it'])).exitCode).toBe(0);
    const inputs = world.calls.filter(({ name }) => name === 'sessions.create').map(({ input }) => input);
    expect(inputs).toHaveLength(2);
    expect(inputs[0]).toEqual(inputs[1]);
    expect(world.prompts.size).toBe(1);
  });
});

test('up() at Ctrl-C leaves the session at work and says how to come back', async () => {
  await withWorld(async ({ cli, world }) => {
    const cancel = new AbortController();
    world.onPrompt = () => void setTimeout(() => cancel.abort(), 50);
    const { exitCode, stderr } = await cli(['up', 'mars', '--prompt', 'Do it'], { cancelled: cancel.signal });
    expect(exitCode).toBe(130);
    expect(stderr).toContain('mars goes on: cspace attach mars');
    expect(world.calls.map(({ name }) => name)).not.toContain('sessions.interrupt');
  });
});

test('up() --detach does not wait', async () => {
  await withWorld(async ({ cli, world }) => {
    world.onPrompt = () => {};
    expect(await cli(['up', 'mars', '-d', '--prompt', 'Do it'])).toMatchObject({
      exitCode: 0,
      stdout: 'mars: started\n',
    });
    const json = await cli(['up', 'mars', '-d', '--prompt', 'Do it', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ session: { name: 'mars' }, receipt: { how: 'started' } });
  });
});

test('up() without a prompt tells how the session stands where there is no terminal', async () => {
  await withWorld(async ({ cli }) => {
    expect(await cli(['up'])).toMatchObject({ exitCode: 0, stdout: 'mercury ready\n' });
    expect(await cli(['up'])).toMatchObject({ stdout: 'venus ready\n' });
    expect(JSON.parse((await cli(['up', 'mercury', '--json'])).stdout)).toMatchObject({ name: 'mercury' });
  });
});

test('up() asks for what its options say', async () => {
  await withWorld(async ({ cli, world }) => {
    const options = [
      '--base',
      'v1',
      '--reset',
      '--agent',
      'claude',
      '--model',
      'm',
      '--runtime',
      'docker',
      '--budget',
      '$2.50',
      '--timeout',
      '1h30m',
    ];
    await cli(['up', 'Feature/X', ...options]);
    expect(world.calls.find(({ name }) => name === 'sessions.create')?.input).toMatchObject({
      name: 'Feature/X',
      base: 'v1',
      reset: true,
      agent: 'claude',
      model: 'm',
      runtime: 'docker',
      budgetUsd: 2.5,
      turnMs: 5_400_000,
    });
    await cli(['up', 'other', '--no-agent']);
    expect(world.calls.findLast(({ name }) => name === 'sessions.create')?.input).toMatchObject({ withAgent: false });
  });
});
