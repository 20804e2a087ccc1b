import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installationId } from './installation-id.ts';

test('installationId() is one for all who ask at once, and never empty', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'cspace-installation-'));
  const ask = async () => new Set(await Promise.all(Array.from({ length: 20 }, () => installationId(directory))));
  const [first] = await ask();
  expect(first).toMatch(/^[0-9a-f]{16}$/);
  expect(await ask()).toEqual(new Set([first]));
  expect(await readdir(directory)).toEqual(['installation']);
  // As a crash in the middle of writing left it.
  await writeFile(join(directory, 'installation'), '');
  expect(await installationId(directory)).toMatch(/^[0-9a-f]{16}$/);
  await rm(directory, { recursive: true });
});
