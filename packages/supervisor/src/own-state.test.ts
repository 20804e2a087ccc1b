import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ownState } from './own-state.ts';

test('ownState() gives a directory to one of many at once, and to the next when it is released', async () => {
  const directory = join(mkdtempSync(join(tmpdir(), 'own-')), 'state');
  const asked = await Promise.allSettled(Array.from({ length: 20 }, () => ownState(directory)));
  const [owner, ...others] = asked.filter(({ status }) => status === 'fulfilled');
  expect(others).toEqual([]);
  if (owner?.status === 'fulfilled') owner.value.release();
  await new Promise((resolve) => setImmediate(resolve));
  (await ownState(directory)).release();
});
