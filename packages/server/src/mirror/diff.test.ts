import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { diffOf } from './diff.ts';
import { openShadow } from './shadow.ts';
import { type MirrorScene, mirrorScene } from './testing/mirror-scene.ts';

let scene: MirrorScene;
beforeEach(async () => {
  scene = await mirrorScene();
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

test('diffOf() compares over the shadow repository, and counts', async () => {
  const base = await scene.git(scene.user, 'rev-parse', 'HEAD');
  await scene.commit(scene.user, 'three', '1\n2\n');
  await scene.commit(scene.user, 'binary', '\0\0\0');
  const { mirror } = await scene.open();
  const shadow = await openShadow({ directory: join(scene.directory, 'shadow'), mirror });
  const work = await scene.commit(scene.user, 'two', 'II\n');
  await scene.git(scene.user, 'push', '-q', shadow.gitDirectory, `${work}:refs/cspace/shadow`);
  const diff = await diffOf(shadow.gitDirectory, base, work, scene.signal);
  expect(diff.stat).toEqual({ files: 3, insertions: 3, deletions: 1 });
  expect(diff.text).toContain('+II\n');
  expect(diff.text).toContain('Binary files');
  await expect(diffOf(mirror.gitDirectory, base, work, scene.signal)).rejects.toMatchObject({ name: 'Fault' });
  expect((await stat(shadow.gitDirectory)).mode & 0o077).toBe(0);
});

test('diffOf() cuts a diff that is too long, and says so', async () => {
  const base = await scene.git(scene.user, 'rev-parse', 'HEAD');
  const work = await scene.commit(scene.user, 'long', 'a line of thirty-two characters\n'.repeat(200_000));
  const { mirror } = await scene.open();
  const diff = await diffOf(mirror.gitDirectory, base, work, scene.signal);
  expect(diff.stat).toEqual({ files: 1, insertions: 200_000, deletions: 0 });
  expect(diff.text.length).toBeLessThan(2.1 * 1024 * 1024);
  expect(diff.text).toMatch(/characters\n… cut here: the diff is longer than 2 MiB\n$/);
});

test('diffOf() takes commit ids only', async () => {
  const { mirror } = await scene.open();
  await expect(diffOf(mirror.gitDirectory, '--output=/tmp/x', 'HEAD', scene.signal)).rejects.toMatchObject({
    code: 'invalid',
  });
});

test('openShadow() is whole when many do it at once', async () => {
  const { mirror } = await scene.open();
  const directory = join(scene.directory, 'shadow');
  await Promise.all(Array.from({ length: 6 }, () => openShadow({ directory, mirror })));
  await scene.git(directory, 'cat-file', '-e', await scene.git(scene.user, 'rev-parse', 'HEAD'));
});
