import { Fault } from '@cspace/domain';
import { expect, test } from 'vitest';
import { withWorld } from '../testing/with-world.ts';

test('send() says what became of the text', async () => {
  await withWorld(async ({ cli, world }) => {
    world.addSession({ name: 'mars' });
    expect(await cli(['send', 'mars', 'go on'])).toEqual({ exitCode: 0, stdout: 'started\n', stderr: '' });
    expect(await cli(['send', 'mars', 'go on', '--queue'])).toMatchObject({ stdout: 'queued (2 ahead)\n' });
    const json = await cli(['send', 'mars', 'go on', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ name: 'mars', how: 'started', ahead: 0 });
  });
});

test('send() sends once when its answer got lost, and reaches the coordinator', async () => {
  await withWorld(async ({ cli, world }) => {
    world.addSession({ name: '_coordinator' });
    world.faults.set('sessions.prompt', new Fault('unavailable', 'Cannot answer: going down'));
    expect(await cli(['send', '_coordinator', 'done'])).toMatchObject({ exitCode: 0, stdout: 'started\n' });
    expect(world.prompts.size).toBe(1);
  });
});
