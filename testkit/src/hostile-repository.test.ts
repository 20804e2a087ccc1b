import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GIT_ENV } from './git.ts';
import { hostileRepository, TRAP_NAMES } from './hostile-repository.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostile-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('hostileRepository()', () => {
  test.each(TRAP_NAMES)('%s is armed, and springs when git is careless in it', (name) => {
    const { path, canary, springs } = hostileRepository(name, join(directory, 'repository'), join(directory, 'canary'));
    expect(existsSync(canary)).toBe(false);
    if (springs === undefined) return;
    spawnSync('git', springs, { cwd: path, env: { ...GIT_ENV, GIT_PAGER: 'cat' }, timeout: 10_000 });
    expect(existsSync(canary)).toBe(true);
  });
});
