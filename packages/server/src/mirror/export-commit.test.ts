import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exportCommit, hasDevcontainer } from './export-commit.ts';

const never = new AbortController().signal;
let parent: string;
let repository: string;
let mirror: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'export-'));
  repository = join(parent, 'repository');
  mirror = join(parent, 'mirror');
  execFileSync('git', ['init', '-q', '-b', 'main', repository]);
});
afterEach(() => rmSync(parent, { recursive: true }));

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8' }).trim();
  git('add', '-A');
  git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'x');
  rmSync(mirror, { recursive: true, force: true });
  execFileSync('git', ['clone', '-q', '--bare', repository, mirror]);
  return git('rev-parse', 'HEAD');
}

test('exportCommit() gives the files of a commit, runs nothing and leaves nothing', async () => {
  mkdirSync(join(repository, 'sub'));
  writeFileSync(join(repository, 'sub', 'run.sh'), 'text\n');
  chmodSync(join(repository, 'sub', 'run.sh'), 0o755);
  symlinkSync('/etc/passwd', join(repository, 'link'));
  writeFileSync(join(repository, '.gitattributes'), '* filter=evil export-subst\n');
  execFileSync('git', ['-C', repository, 'config', 'filter.evil.smudge', `touch ${join(parent, 'ran')}`]);
  const id = commit();
  writeFileSync(join(repository, 'later'), 'not committed');
  {
    await using exported = await exportCommit(mirror, id, parent, never);
    expect(readFileSync(join(exported.directory, 'sub', 'run.sh'), 'utf8')).toBe('text\n');
    expect(lstatSync(join(exported.directory, 'link')).isSymbolicLink()).toBe(true);
    expect(existsSync(join(exported.directory, 'later'))).toBe(false);
  }
  await expect(exportCommit(mirror, 'f'.repeat(40), parent, never)).rejects.toThrow();
  expect(readdirSync(parent)).toEqual(['mirror', 'repository']);
});

test.each([
  ['.devcontainer/devcontainer.json', true],
  ['.devcontainer.json', true],
  ['.devcontainer/web/devcontainer.json', true],
  ['.devcontainer/a/b/devcontainer.json', false],
  ['.devcontainer/Dockerfile', false],
  ['devcontainer.json', false],
])('hasDevcontainer() with %s is %s', async (path, has) => {
  mkdirSync(join(repository, path, '..'), { recursive: true });
  writeFileSync(join(repository, path), '{}');
  expect(await hasDevcontainer(mirror, commit(), never)).toBe(has);
});
