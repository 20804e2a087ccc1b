import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Product, product } from './harness/product.ts';
import { refused } from './harness/refused.ts';
import { git, repository } from './harness/repository.ts';

let cspace: Product;
beforeAll(async () => {
  cspace = await product();
});
afterAll(async () => {
  await cspace[Symbol.asyncDispose]();
});

const PUSH = 'git add -A && git commit -qm work && git push -q';

/** Brings a session up, runs a script in it to its success, and gives what it printed. */
async function work(cwd: string, name: string, script: string, ...more: readonly string[]): Promise<string> {
  const up = await cspace.run(['up', name, '--agent', 'shell', '--prompt', script, ...more], { cwd });
  expect(up, up.stderr).toMatchObject({ exitCode: 0 });
  return up.stdout;
}

test('an empty repository is refused with the command that makes it usable', async () => {
  const cwd = mkdtempSync(join(cspace.home, 'empty-'));
  git(cwd, 'init', '-q', '-b', 'main');
  const up = ['up', 'mars', '--agent', 'shell', '--prompt', 'id'];
  const { stderr } = await refused(cspace, up, { exitCode: 2, why: /no commit yet/ }, { cwd });
  expect(stderr).toContain('git commit');
});

test('a detached HEAD is where the session starts', async () => {
  const cwd = repository(cspace.home);
  const first = git(cwd, 'rev-parse', 'HEAD');
  git(cwd, 'commit', '-q', '--allow-empty', '-m', 'second');
  git(cwd, 'checkout', '-q', '--detach', first);
  expect(await work(cwd, 'mars', 'git rev-parse HEAD')).toContain(first);
  expect(git(cwd, 'rev-parse', 'HEAD')).toBe(first);
});

test('what is not committed does not go in, and stays as it is', async () => {
  const cwd = repository(cspace.home);
  writeFileSync(join(cwd, 'README.md'), 'changed\n');
  writeFileSync(join(cwd, 'untracked.txt'), 'mine\n');
  writeFileSync(join(cwd, 'staged.txt'), 'mine\n');
  git(cwd, 'add', 'staged.txt');
  const before = git(cwd, 'status', '--porcelain');
  await work(cwd, 'mars', `test ! -e untracked.txt && test ! -e staged.txt && echo x > theirs.txt && ${PUSH}`);
  expect(git(cwd, 'status', '--porcelain')).toBe(before);
  expect(git(cwd, 'show', 'mars:theirs.txt')).toBe('x');
});

test('a shallow clone works, and its push lands', async () => {
  const origin = repository(cspace.home);
  for (const n of [1, 2, 3]) git(origin, 'commit', '-q', '--allow-empty', '-m', `commit ${n}`);
  const cwd = join(cspace.home, 'shallow');
  git(cspace.home, 'clone', '-q', '--depth', '1', `file://${origin}`, cwd);
  git(cwd, 'remote', 'remove', 'origin');
  await work(cwd, 'mars', `echo x > x.txt && ${PUSH}`);
  expect(git(cwd, 'show', 'mars:x.txt')).toBe('x');
});

test('a repository with submodules works; nothing of theirs is fetched or run on the host', async () => {
  const inner = repository(cspace.home, { 'inner.txt': 'inner\n' });
  const cwd = repository(cspace.home);
  git(cwd, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'vendor/inner');
  git(cwd, 'commit', '-q', '-m', 'submodule');
  expect(await work(cwd, 'mars', `cat .gitmodules; ls vendor/inner; echo x > x.txt; ${PUSH}`)).toContain(
    'vendor/inner',
  );
  expect(git(cwd, 'show', 'mars:x.txt')).toBe('x');
});

test('a linked work tree belongs to the project of its main one and starts from its own branch', async () => {
  const main = repository(cspace.home);
  const cwd = join(cspace.home, 'linked');
  git(main, 'worktree', 'add', '-q', '-b', 'side', cwd);
  git(cwd, 'commit', '-q', '--allow-empty', '-m', 'on the side');
  expect(await work(cwd, 'mars', 'git rev-parse HEAD')).toContain(git(cwd, 'rev-parse', 'HEAD'));
  const names = async (at: string) =>
    (await cspace.json<{ name: string }[]>(['list', '--json'], { cwd: at })).map(({ name }) => name);
  expect(await names(main)).toEqual(['mars']);
  mkdirSync(join(main, 'deep/down'), { recursive: true });
  expect(await names(join(main, 'deep/down'))).toEqual(['mars']);
});

test('a bare repository and a subdirectory are projects', async () => {
  const origin = repository(cspace.home);
  const bare = join(cspace.home, 'bare.git');
  git(cspace.home, 'clone', '-q', '--bare', origin, bare);
  git(bare, 'remote', 'remove', 'origin');
  await work(bare, 'mars', `echo x > x.txt && ${PUSH}`);
  expect(git(bare, 'show', 'mars:x.txt')).toBe('x');
});

test('a line break in the path of a repository is refused, and nothing else in it is', async () => {
  const broken = join(cspace.home, 'line\nbreak');
  mkdirSync(broken);
  git(broken, 'init', '-q', '-b', 'main');
  const up = ['up', 'mars', '--agent', 'shell', '--prompt', 'id'];
  const result = await cspace.run(up, { cwd: broken });
  expect(result).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('line break') });

  const cwd = join(cspace.home, `a 'b' "c": ,$(id)🦄`);
  mkdirSync(cwd);
  git(cwd, 'init', '-q', '-b', 'main');
  git(cwd, 'commit', '-q', '--allow-empty', '-m', 'start');
  await work(cwd, 'mars', `echo x > x.txt && ${PUSH}`);
  expect(git(cwd, 'show', 'mars:x.txt')).toBe('x');
});

test('a branch that git does not have is made; one that it has is gone on with', async () => {
  const cwd = repository(cspace.home);
  git(cwd, 'branch', 'feature/there');
  git(cwd, 'commit', '-q', '--allow-empty', '-m', 'newer');
  expect(await work(cwd, 'feature/there', 'git rev-parse HEAD')).toContain(git(cwd, 'rev-parse', 'feature/there'));
  expect(await work(cwd, 'feature/new', 'git rev-parse HEAD')).toContain(git(cwd, 'rev-parse', 'HEAD'));
});

test.for([
  ['with a remote', true],
  ['without one', false],
] as const)('a clone has what origin has, whole, and git agrees with it (%s)', async ([, hasRemote]) => {
  const upstream = repository(cspace.home);
  git(upstream, 'branch', 'feature/one');
  git(upstream, 'commit', '-q', '--allow-empty', '-m', 'newer');
  git(upstream, 'tag', '-a', 'v1', '-m', 'one');
  git(upstream, 'tag', 'plain', 'HEAD~1');
  git(upstream, 'branch', 'zebra');
  const clone = join(cspace.home, `clone-of-${hasRemote}`);
  if (hasRemote) git(cspace.home, 'clone', '-q', upstream, clone);
  const cwd = hasRemote ? clone : upstream;
  const names = ['feature/one', 'main', 'zebra'].map((name) => `refs/remotes/origin/${name}`);
  const list = 'git for-each-ref --format="%(objectname) %(refname)" refs/remotes refs/tags';
  const script = [
    `${list} > /tmp/before; cat /tmp/before`,
    'git symbolic-ref refs/remotes/origin/HEAD',
    'git fsck --connectivity-only --no-dangling && git describe --tags',
    `git fetch -q --prune && git fetch -q --tags && ${list} | diff /tmp/before - && echo same`,
    'git merge-base --is-ancestor origin/feature/one origin/HEAD && echo older; git status -sb | head -1',
  ].join(' && ');
  const said = await work(cwd, 'mars', script);
  for (const ref of names) expect(said).toContain(ref);
  expect(said).toContain(`${git(upstream, 'rev-parse', 'v1')} refs/tags/v1`);
  expect(said).toContain(`${git(upstream, 'rev-parse', 'plain')} refs/tags/plain`);
  for (const word of ['refs/remotes/origin/main', 'v1', 'same', 'older', '## mars']) expect(said).toContain(word);
});

test('a project that was deleted fails with its path, and its sessions can still be removed', async () => {
  const cwd = repository(cspace.home);
  await work(cwd, 'gone', 'true');
  spawnSync('rm', ['-rf', cwd]);
  const [session] = (await cspace.json<{ id: string; name: string }[]>(['list', '--all', '--json'])).filter(
    ({ name }) => name === 'gone',
  );
  expect(await cspace.run(['down', session?.id ?? '', '--force'])).toMatchObject({ exitCode: 0 });
});

test('a repository of 100,000 files is at work within half a minute', async () => {
  const cwd = mkdtempSync(join(cspace.home, 'large-'));
  git(cwd, 'init', '-q', '-b', 'main');
  const files = Array.from({ length: 100_000 }, (_, n) => `M 100644 :1 d${n % 300}/f${n}.txt\n`).join('');
  const stream = `blob\nmark :1\ndata 2\nx\n\ncommit refs/heads/main\ncommitter T <t@example.invalid> 0 +0000\ndata 1\nx\n${files}\n`;
  const imported = spawnSync('git', ['-C', cwd, 'fast-import', '--quiet'], { input: stream });
  expect(imported.status).toBe(0);
  const beganMs = Date.now();
  expect(await work(cwd, 'mars', `git ls-files | wc -l; echo y > y.txt; ${PUSH}`)).toContain('100000');
  expect(Date.now() - beganMs).toBeLessThan(30_000);
  expect(git(cwd, 'show', 'mars:y.txt')).toBe('y');
});
