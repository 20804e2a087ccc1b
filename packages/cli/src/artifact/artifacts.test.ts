import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Artifact } from '@cspace/domain';
import { expect, test } from 'vitest';
import { type Stage, withWorld } from '../testing/with-world.ts';

function put({ world }: Stage, letter: string, name: string, text: string, bytes = text.length): void {
  const artifact = {
    name,
    bytes,
    mediaType: 'image/png',
    sha256: 'a'.repeat(64),
    addedAtMs: Date.parse('2026-01-31T12:59:00Z'),
  };
  world.artifacts.push({
    artifact: { id: `art_${letter.repeat(20)}`, ...artifact } as Artifact,
    bytes: Buffer.from(text),
  });
}

test('artifacts() shows a table, also of a removed session, or JSON', async () => {
  await withWorld(async (stage) => {
    const { id } = stage.world.addSession({ name: 'mars' });
    expect((await stage.cli(['artifacts', 'mars'])).stderr).toContain('mars has no artifact');
    put(stage, 'a', 'page.png', 'abc');
    stage.world.change(id, { state: { kind: 'removed', sinceMs: 0 } });
    const shown = await stage.cli(['artifacts', 'mars']);
    expect(shown).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/NAME.*\npage\.png +3 B +image\/png +1m\n/),
    });
    expect(JSON.parse((await stage.cli(['artifacts', 'mars', '--json'])).stdout)).toMatchObject([{ name: 'page.png' }]);
  });
});

test('artifacts() gets files, of each name the latest, and overwrites only when forced', async () => {
  await withWorld(async (stage) => {
    stage.world.addSession({ name: 'mars' });
    put(stage, 'a', 'page.png', 'old');
    put(stage, 'b', 'page.png', 'new');
    put(stage, 'c', 'shots/b.png', '\u0000bytes');
    const got = await stage.cli(['artifacts', 'mars', '--all', '--to', 'out', '--json']);
    const out = join(stage.directory, 'out');
    expect(JSON.parse(got.stdout)).toEqual([join(out, 'page.png'), join(out, 'shots/b.png')]);
    expect([readFileSync(join(out, 'page.png'), 'utf8'), readFileSync(join(out, 'shots/b.png'), 'utf8')]).toEqual([
      'new',
      '\u0000bytes',
    ]);
    const again = ['artifacts', 'mars', '--get', 'page*', '--to', 'out'];
    expect(await stage.cli(again)).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('--force') });
    expect(await stage.cli([...again, '--force'])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('1 artifact'),
    });
    expect(await stage.cli(['artifacts', 'mars', '--get', 'none', '--to', 'out'])).toMatchObject({ exitCode: 3 });
  });
});

test('artifacts() keeps nothing of a file that was cut off', async () => {
  await withWorld(async (stage) => {
    stage.world.addSession({ name: 'mars' });
    put(stage, 'a', 'page.png', 'half', 8);
    const got = await stage.cli(['artifacts', 'mars', '--all', '--to', '.']);
    expect(got).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('cut off') });
    expect(() => readFileSync(join(stage.directory, 'page.png'))).toThrow('ENOENT');
  });
});

test.each([[['--get', 'a', '--all', '--to', '.']], [['--all']], [['--to', '.']], [['--force']]])(
  'artifacts() does not guess what %j means',
  async (options) => {
    await withWorld(async ({ cli, world }) => {
      world.addSession({ name: 'mars' });
      expect(await cli(['artifacts', 'mars', ...options])).toMatchObject({ exitCode: 2 });
    });
  },
);
