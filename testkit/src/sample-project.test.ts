import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { git } from './git.ts';
import { sampleProject } from './sample-project.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sample-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('sampleProject()', () => {
  test('has one failing test, which the fix mends', () => {
    const project = sampleProject(directory);
    const run = () => spawnSync(process.execPath, project.test.slice(1), { cwd: directory, env: { PATH: '' } });
    const before = run();
    expect([before.status, before.stdout.toString()]).toEqual([1, expect.stringContaining('fail 1\n')]);

    const file = join(directory, project.fix.path);
    const text = readFileSync(file, 'utf8');
    expect(text.split(project.fix.old)).toHaveLength(2);
    writeFileSync(file, text.replace(project.fix.old, project.fix.new));
    expect(run().status).toBe(0);
  });

  test('is a clean repository on main', () => {
    const { branch, commit } = sampleProject(directory);
    expect(git(directory, ['status', '--porcelain', '--branch'])).toBe(`## ${branch}\n`);
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
  });
});
