import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bases } from './base.ts';

test('bases() makes again what could not be made, and one at most for all who ask at once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'cspace-bases-'));
  await writeFile(join(directory, 'bases'), 'in the way');
  const base = bases(directory, false);
  await expect(base()).rejects.toThrow();
  await rm(join(directory, 'bases'));
  const { name } = await base();
  expect(await readdir(join(directory, 'bases'))).toEqual([name]);
  await rm(join(directory, 'bases'), { recursive: true });
  // As many servers over one directory would.
  await Promise.all(Array.from({ length: 5 }, () => bases(directory, false)()));
  expect(await readdir(join(directory, 'bases'))).toEqual([name]);
  await rm(directory, { recursive: true });
});
