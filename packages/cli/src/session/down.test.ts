import { ProjectId } from '@cspace/domain';
import { expect, test } from 'vitest';
import { type Stage, withWorld } from '../testing/with-world.ts';

const two = ({ world }: Stage) => {
  world.addSession({ name: 'mars' });
  world.addSession({ name: 'venus', unpushedCommits: 2 });
};
const left = ({ world }: Stage) =>
  [...world.sessions.values()].filter((each) => each.state.kind !== 'removed').map((each) => each.name);

test('down() removes what is named, and keeps what has unpushed work', async () => {
  await withWorld(async (stage) => {
    two(stage);
    const ran = await stage.cli(['down', 'mars', 'venus']);
    expect(ran).toMatchObject({
      exitCode: 4,
      stdout: expect.stringContaining('mars removed'),
      stderr: expect.stringContaining('venus'),
    });
    expect(left(stage)).toEqual(['venus']);
  });
});

test.each([[['down', '--all']], [['down', '--everywhere']], [['down', '--all', '--force']]])(
  '%j needs a yes',
  async (argv) => {
    await withWorld(async (stage) => {
      two(stage);
      expect(await stage.cli(argv)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') });
      expect(await stage.cli(argv, { tty: true, stdin: 'no\n' })).toMatchObject({ exitCode: 130 });
      expect(await stage.cli(argv, { tty: true, stdin: 'y\n' })).toMatchObject({ exitCode: 130 });
      expect(left(stage)).toEqual(['mars', 'venus']);
      await stage.cli(argv, { tty: true, stdin: 'yes\n' });
      expect(left(stage)).not.toEqual(['mars', 'venus']);
    });
  },
);

test('down() --everywhere says whose each session is where there are several projects', async () => {
  await withWorld(async (stage) => {
    stage.world.addSession({ name: 'mars' });
    stage.world.addSession({ name: 'mars', project: 'other', projectId: ProjectId.parse(`prj_${'o'.repeat(20)}`) });
    const { stderr } = await stage.cli(['down', '--everywhere']);
    expect(stderr).toContain('2 sessions of 2 projects? (slug/mars, other/mars)');
  });
});

test('down() --force of a named session is not asked about', async () => {
  await withWorld(async (stage) => {
    two(stage);
    expect(await stage.cli(['down', 'venus', '--force'])).toMatchObject({ exitCode: 0 });
    expect(left(stage)).toEqual(['mars']);
  });
});

test('down() --json tells of each', async () => {
  await withWorld(async (stage) => {
    two(stage);
    const { stdout, exitCode } = await stage.cli(['down', '--all', '--yes', '--json']);
    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout)).toEqual([
      expect.objectContaining({ name: 'mars', removed: true }),
      expect.objectContaining({ name: 'venus', removed: false, code: 'conflict' }),
    ]);
  });
});

test('down() --all with nothing to remove is done', async () => {
  await withWorld(async ({ cli }) => {
    expect(await cli(['down', '--all'])).toMatchObject({ exitCode: 0 });
    expect(await cli(['down', 'mars'])).toMatchObject({ exitCode: 3 });
  });
});
