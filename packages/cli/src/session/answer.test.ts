import { PermissionId } from '@cspace/domain';
import { expect, test } from 'vitest';
import { withWorld } from '../testing/with-world.ts';
import { chosen } from './ask-inline.ts';

const question = (letter: string) => ({
  permissionId: PermissionId.parse(`per_${letter.repeat(20)}`),
  title: `run ${letter}\x1b[2J`,
  options: [
    { id: 'always', label: 'Always allow', kind: 'allow_always' },
    { id: 'once', label: 'Allow', kind: 'allow_once' },
    { id: 'no', label: 'Reject', kind: 'reject_once' },
  ],
  askedAtMs: 0,
});

test('answer() says yes, no, or what is chosen, to the only question', async () => {
  await withWorld(async ({ cli, world }) => {
    for (const [argv, option] of [
      [['--allow'], 'once'],
      [['--deny'], 'no'],
      [['--option', 'always'], 'always'],
    ] as const) {
      const { name } = world.addSession({ name: `mars-${option}`, questions: [question('a')] });
      const ran = await cli(['answer', name, ...argv, '--json']);
      expect(ran).toMatchObject({ exitCode: 0 });
      expect(JSON.parse(ran.stdout)).toMatchObject({ name, option });
      expect(world.calls.at(-1)).toMatchObject({ name: 'sessions.answer', input: { option } });
      expect(await cli(['answer', name, '--allow'])).toMatchObject({ exitCode: 4 });
    }
  });
});

test('answer() shows what is asked, and wants to know which of several is meant', async () => {
  await withWorld(async ({ cli, world }) => {
    world.addSession({ name: 'mars', questions: [question('a'), question('b')] });
    const shown = await cli(['answer', 'mars']);
    expect(shown).toMatchObject({ exitCode: 0 });
    expect(shown.stdout).toContain(`${question('a').permissionId}   run a`);
    expect(shown.stdout).toContain('always (Always allow), once (Allow), no (Reject)');
    expect(shown.stdout).not.toContain('\x1b');
    expect(await cli(['answer', 'mars', '--allow'])).toMatchObject({ exitCode: 2 });
    expect(await cli(['answer', 'mars', '--allow', '--deny'])).toMatchObject({ exitCode: 2 });
    expect(await cli(['answer', 'mars', 'per_x', '--deny'])).toMatchObject({ exitCode: 4 });
    expect(await cli(['answer', 'mars', question('b').permissionId, '--deny'])).toMatchObject({ exitCode: 0 });
    expect(world.calls.at(-1)).toMatchObject({ input: { permissionId: question('b').permissionId } });
  });
});

test.each([
  ['1', 'always'],
  [' 2 ', 'once'],
  ['0', null],
  ['4', undefined],
  ['02', undefined],
  ['yes', undefined],
  ['', undefined],
])('chosen() takes %j for %j', (line, option) => {
  expect(chosen(question('a'), line)).toBe(option);
});
