import { Fault } from '@cspace/domain';
import { expect, test } from 'vitest';
import { withWorld } from '../testing/with-world.ts';

test('run() has the answer on standard output, the rest on standard error, and takes the session away', async () => {
  await withWorld(async ({ cli, world }) => {
    const ran = await cli(['run', 'shell', 'Say it']);
    expect(ran).toMatchObject({
      exitCode: 0,
      stdout: 'You said: Say it\n',
      stderr: expect.stringContaining('finished'),
    });
    expect([...world.sessions.values()].map(({ state }) => state.kind)).toEqual(['removed']);
    const kept = await cli(['run', 'shell', 'Say it', '--keep', '--name', 'worker', '--json']);
    const answer = 'You said: Say it\n';
    expect(JSON.parse(kept.stdout)).toMatchObject({ type: 'result', ok: true, name: 'worker', answer, kept: true });
    expect([...world.sessions.values()].map(({ state }) => state.kind)).toEqual(['removed', 'ready']);
  });
});

test('run() is a fresh session: it does not go on in one that is there, nor takes it away', async () => {
  await withWorld(async ({ cli, world }) => {
    world.addSession({ name: 'worker' });
    expect(await cli(['run', 'shell', 'Say it', '--name', 'worker'])).toMatchObject({ exitCode: 4, stdout: '' });
    expect([...world.sessions.values()].map(({ state }) => state.kind)).toEqual(['ready']);
  });
});

test('run() leaves a session that failed or holds unpushed work', async () => {
  await withWorld(async ({ cli, world }) => {
    world.onPrompt = (self, session, { id }) => {
      self.change(session.id, { unpushedCommits: 1 });
      self.emit(session.id, { type: 'turn.ended', promptId: id, outcome: { kind: 'finished' }, ms: 1 });
    };
    expect(await cli(['run', 'shell', 'Do it'])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('stays'),
    });
    world.onPrompt = (self, session, { id }) =>
      self.emit(session.id, {
        type: 'turn.ended',
        promptId: id,
        outcome: { kind: 'failed', why: 'exit code 1' },
        ms: 1,
      });
    expect(await cli(['run', 'shell', 'Do it'])).toMatchObject({ exitCode: 1 });
    expect([...world.sessions.values()].every(({ state }) => state.kind === 'ready')).toBe(true);
  });
});

test('warm() tries a failed one once more, tells of each, and exits 1 if any failed', async () => {
  await withWorld(async ({ cli, world }) => {
    world.faults.set('sessions.create', new Fault('limit', 'Cannot create: no memory'));
    const ran = await cli(['warm', 'a', 'b', 'b']);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toBe('INSTANCE   STATUS\na          ready (0ms)\nb          ready (0ms)\n');
    world.onPrompt = () => {};
    const bad = await cli(['warm', 'a', '../b', '--json']);
    expect(bad.exitCode).toBe(1);
    expect(JSON.parse(bad.stdout)).toEqual([
      expect.objectContaining({ name: 'a', status: 'ready' }),
      expect.objectContaining({ name: '../b', status: 'FAILED', why: expect.any(String) }),
    ]);
  });
});

test('warm() asks for the runtime, and shows how far each has come', async () => {
  await withWorld(async ({ cli, world }) => {
    const ids = ['a', 'bcd'].map((name) => world.addSession({ name, state: { kind: 'creating', sinceMs: 0 } }).id);
    const running = cli(['warm', 'a', 'bcd', '--runtime', 'docker']);
    while (world.calls.filter(({ name }) => name === 'sessions.events').length < 2) await new Promise(setImmediate);
    for (const id of ids) {
      world.change(id, { state: { kind: 'ready', sinceMs: 0 } });
      world.emit(
        id,
        { type: 'stage', stage: 'image', status: 'done', ms: 61_000 },
        { type: 'session.state', state: { kind: 'ready', sinceMs: 0 } },
        { type: 'stage', stage: 'agent', status: 'done', ms: 1 },
      );
    }
    const { exitCode, stderr } = await running;
    expect(exitCode).toBe(0);
    expect(stderr.split('\n').filter((line) => line.includes('image'))).toEqual([
      'a   ✔ image  1m 01s',
      'bcd ✔ image  1m 01s',
    ]);
    const created = world.calls.filter(({ name }) => name === 'sessions.create').map(({ input }) => input);
    expect(created).toEqual([0, 1].map(() => expect.objectContaining({ runtime: 'docker' })));
    expect(await cli(['warm', 'a', '--runtime', 'vm'])).toMatchObject({ exitCode: 2 });
  });
});

test('warm() a session whose services do not come up is started once more, and is FAILED if that does not help', async () => {
  await withWorld(async ({ cli, world }) => {
    const stage = (status: 'done' | 'failed', stage: 'services' | 'agent') => ({
      type: 'stage' as const,
      stage,
      status,
      ...(status === 'failed' ? { detail: 'Cannot start service db: it exited with code 1' } : {}),
    });
    const ready = { kind: 'ready' as const, sinceMs: 0 };
    const calls = async (name: string, count: number) => {
      while (world.calls.filter((call) => call.name === name).length < count) await new Promise(setImmediate);
    };
    for (const [name, second] of [
      ['mended', stage('done', 'agent')],
      ['broken', stage('failed', 'services')],
    ] as const) {
      const { id } = world.addSession({ name, state: { kind: 'creating', sinceMs: 0 } });
      world.calls.length = 0;
      const ran = cli(['warm', name]);
      await calls('sessions.events', 1);
      world.change(id, { state: ready });
      world.emit(id, { type: 'session.state', state: ready }, stage('failed', 'services'));
      await calls('sessions.restart', 1);
      world.emit(id, { type: 'session.state', state: ready }, second);
      const { exitCode, stdout } = await ran;
      expect(exitCode).toBe(name === 'mended' ? 0 : 1);
      expect(stdout).toContain(name === 'mended' ? 'mended     ready' : 'FAILED: Cannot bring up broken: Cannot start');
    }
  });
});

test('warm() says what is wrong with a session that is up, and looks at the clone of a new one only', async () => {
  await withWorld(async ({ cli, world }) => {
    world.addSession({ name: 'old' });
    world.checks = [
      { what: 'supervisor', why: null },
      { what: 'clone', why: 'it is on main, not on new' },
      { what: 'egress', why: 'its door does not answer' },
    ];
    const running = cli(['warm', 'new']);
    while (!world.calls.some(({ name }) => name === 'sessions.restart')) await new Promise(setImmediate);
    const id = [...world.sessions.values()].find(({ name }) => name === 'new')?.id ?? expect.unreachable();
    world.emit(
      id,
      { type: 'session.state', state: { kind: 'ready', sinceMs: 0 } },
      { type: 'stage', stage: 'agent', status: 'done', ms: 1 },
    );
    const ran = await running;
    expect(ran).toMatchObject({ exitCode: 1 });
    expect(ran.stdout).toContain(
      'new        FAILED: clone: it is on main, not on new; egress: its door does not answer',
    );
    expect(world.calls.filter(({ name }) => name === 'sessions.restart')).toHaveLength(1);
    world.checks = [];
    expect(await cli(['warm', 'old'])).toMatchObject({ exitCode: 0 });
    const asked = world.calls.filter(({ name }) => name === 'sessions.check').map(({ input }) => input);
    expect(asked).toEqual([true, true, false].map((fresh) => expect.objectContaining({ fresh })));
  });
});
