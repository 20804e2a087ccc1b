import { Fault } from '@cspace/domain';
import { expect, test } from 'vitest';
import { withWorld } from '../testing/with-world.ts';
import { parseSince } from './logs.ts';

const NOW_MS = Date.parse('2026-01-31T13:00:00Z');

test.each([
  [undefined, { after: 0, fromMs: 0 }],
  ['12', { after: 12, fromMs: 0 }],
  ['10m', { after: 0, fromMs: NOW_MS - 600_000 }],
  ['1h30m', { after: 0, fromMs: NOW_MS - 5_400_000 }],
  ['2026-01-31T12:00:00Z', { after: 0, fromMs: NOW_MS - 3_600_000 }],
])('parseSince(%j)', (text, since) => {
  expect(parseSince(text, NOW_MS)).toEqual(since);
});

test('logs() has the conversation of a removed session too, from an event on', async () => {
  await withWorld(async ({ cli, world }) => {
    const { id } = world.addSession({ name: 'mars' });
    world.emit(
      id,
      { type: 'agent.text', kind: 'message', text: 'one\n' },
      { type: 'agent.text', kind: 'message', text: 'two\n' },
    );
    world.emit(id, { type: 'session.state', state: { kind: 'removed', sinceMs: 0 } });
    world.change(id, { state: { kind: 'removed', sinceMs: 0 } });
    expect(await cli(['logs', 'mars'])).toMatchObject({ exitCode: 0, stdout: 'one\ntwo\n■ Removed\n' });
    expect(await cli(['logs', 'mars', '--since', '1'])).toMatchObject({ stdout: 'two\n■ Removed\n' });
    expect(await cli(['logs', 'mars', '--since', '3'])).toMatchObject({ exitCode: 0, stdout: '' });
    const json = await cli(['logs', 'mars', '--json']);
    expect(
      json.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).seq),
    ).toEqual([1, 2, 3]);
    expect(await cli(['attach', 'mars'])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('was removed'),
    });
  });
});

test('logs() without -f ends where the log was; attach() goes on until Ctrl-C', async () => {
  await withWorld(async ({ cli, world }) => {
    const { id } = world.addSession({ name: 'mars' });
    world.emit(id, { type: 'agent.text', kind: 'message', text: 'one\n' });
    expect(await cli(['logs', 'mars'])).toMatchObject({ exitCode: 0, stdout: 'one\n' });
    const cancel = new AbortController();
    const attached = await cli(['attach', 'mars'], {
      cancelled: cancel.signal,
      onStdout: (text) => {
        if (text.includes('one')) world.emit(id, { type: 'agent.text', kind: 'message', text: 'two\n' });
        if (text.includes('two')) cancel.abort();
      },
    });
    expect(attached).toMatchObject({ exitCode: 0, stdout: 'one\ntwo\n' });
  });
});

test("logs() --service has a service's last words, unable to drive the terminal", async () => {
  await withWorld(async ({ cli, world }) => {
    world.addSession({ name: 'mars' });
    expect(await cli(['logs', 'mars', '--service', 'db'])).toMatchObject({
      exitCode: 0,
      stdout: 'db ␛[2Jis up\nand listens\n',
    });
    const json = await cli(['logs', 'mars', '--service', 'db', '--json']);
    expect(JSON.parse(json.stdout)).toEqual({ service: 'db', text: 'db \x1b[2Jis up\nand listens' });
    expect(await cli(['logs', 'mars', '--service', 'db', '-f'])).toMatchObject({ exitCode: 2 });
    world.faults.set('sessions.serviceLog', new Fault('not-found', 'Cannot read the log of service x'));
    expect(await cli(['logs', 'mars', '--service', 'x'])).toMatchObject({ exitCode: 3 });
  });
});
