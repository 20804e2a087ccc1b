import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findChromium } from './find-chromium.ts';

test('findChromium() finds a program of the PATH, and no file that is none', async () => {
  const root = mkdtempSync(join(tmpdir(), 'find-'));
  const [one, two] = [join(root, 'one'), join(root, 'two')];
  for (const each of [one, two]) mkdirSync(each);
  writeFileSync(join(one, 'chromium'), '', { mode: 0o644 });
  writeFileSync(join(one, 'google-chrome'), '', { mode: 0o755 });
  expect(await findChromium(`${one}:${two}`)).toBe(join(one, 'google-chrome'));
  writeFileSync(join(two, 'chromium'), '', { mode: 0o755 });
  expect(await findChromium(`${one}:${two}`)).toBe(join(two, 'chromium'));
  expect(await findChromium('.:relative')).toBeUndefined();
  expect(await findChromium(undefined)).toBeUndefined();
  rmSync(root, { recursive: true });
});
