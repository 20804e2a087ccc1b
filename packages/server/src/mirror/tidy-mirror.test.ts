import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mirrorScene } from './testing/mirror-scene.ts';
import { tidyMirror } from './tidy-mirror.ts';

test('tidyMirror() makes few packs of many, and keeps objects that no branch has', async () => {
  await using scene = await mirrorScene();
  const { mirror } = await scene.open();
  const { gitDirectory } = mirror;
  const importing = execFile('git', ['-c', 'fastimport.unpackLimit=0', 'fast-import', '--quiet', '--force'], {
    cwd: gitDirectory,
  });
  const commits = Array.from({ length: 70 }, (_, index) => {
    const text = `${index}`.padStart(4, '0');
    const head = `commit refs/heads/b${index}\ncommitter a <a@example.com> ${index} +0000\ndata 1\nx\n`;
    return `${head}M 644 inline f\ndata 4\n${text}\n\ncheckpoint\n\n`;
  });
  importing.stdin?.end(commits.join(''));
  await once(importing, 'close');
  const packs = async () =>
    (await readdir(join(mirror.objectsDirectory, 'pack'))).filter((name) => name.endsWith('.pack'));
  expect((await packs()).length).toBeGreaterThan(60);
  const objects = async () =>
    (await scene.git(gitDirectory, 'cat-file', '--batch-all-objects', '--batch-check')).split('\n');
  const before = await objects();
  await scene.git(gitDirectory, 'update-ref', '-d', 'refs/heads/b7');
  await tidyMirror(mirror, scene.signal);
  expect((await packs()).length).toBeLessThan(10);
  expect(await objects()).toEqual(before);
});
