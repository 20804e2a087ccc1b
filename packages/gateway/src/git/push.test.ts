import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type GitScene, GRANT, gitScene } from './testing/git-scene.ts';

let scene: GitScene;
let clone: string;
beforeEach(async () => {
  scene = await gitScene();
  clone = await scene.clone('clone');
});
afterEach(async () => {
  expect(await scene.leftovers()).toEqual([]);
  expect(scene.failures).toEqual([]);
  await scene[Symbol.asyncDispose]();
});

const push = (...args: string[]) => scene.git(clone, 'push', 'origin', ...args);
const tipOf = (ref: string) => scene.ok(scene.mirror, 'rev-parse', ref);

test('handleGit() lands a new branch, a fast-forward, and a force of its own branch', async () => {
  const one = await scene.commit(clone, 'a', 'a');
  expect(await push('HEAD:mars')).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('landed on the remote'),
  });
  const two = await scene.commit(clone, 'b', 'b');
  expect(await push('HEAD:mars')).toMatchObject({ exitCode: 0 });
  await scene.ok(clone, 'reset', '-q', '--hard', 'HEAD~2');
  const three = await scene.commit(clone, 'c', 'c');
  expect((await push('HEAD:mars')).exitCode).toBe(1);
  expect(await push('-f', 'HEAD:mars')).toMatchObject({ exitCode: 0 });
  expect(await tipOf('mars')).toBe(three);
  expect(scene.landed.map(({ newCommit }) => newCommit)).toEqual([one, two, three]);
  expect(scene.landed[0]).toMatchObject({ branch: 'mars', oldCommit: '0'.repeat(40) });
  expect(scene.events).toEqual([]);
});

test('handleGit() takes several branches at once, and a branch without new objects', async () => {
  await scene.commit(clone, 'a', 'a');
  expect(await push('HEAD:mars', 'HEAD:feature/x', 'HEAD~1:refs/heads/feature/y')).toMatchObject({ exitCode: 0 });
  expect(await push('HEAD:feature/z')).toMatchObject({ exitCode: 0 });
  expect(scene.landed.map(({ branch }) => branch).sort()).toEqual(['feature/x', 'feature/y', 'feature/z', 'mars']);
});

test.each([
  ['a protected branch', ['HEAD:main'], 'the branch is protected'],
  ['a branch outside the grant', ['HEAD:venus'], 'this session can push to mars, feature/* only'],
  ['a tag', ['HEAD:refs/tags/v1'], 'cannot push tags'],
  ['a deletion', [':main'], 'cannot delete'],
  ['another ref', ['HEAD:refs/cspace/local/heads/x'], 'branches only'],
  ['a replacement', ['HEAD:refs/replace/abc'], 'branches only'],
  ['a twin in case', ['HEAD:refs/heads/feature/A'], 'feature/a is in its way'],
  ['an invisible character', ['HEAD:refs/heads/feature/a\u200b'], 'invisible character'],
  ['an atomic push of two', ['--atomic', 'HEAD:mars', 'HEAD:feature/b'], 'without --atomic'],
  ['saved work beside a branch', ['HEAD:refs/cspace/shadow', 'HEAD:mars'], 'pushed alone'],
])('handleGit() refuses %s with the reason at the terminal, and records it', async (_, refspecs, why) => {
  await scene.ok(scene.mirror, 'update-ref', 'refs/heads/feature/a', 'main');
  await scene.commit(clone, 'a', 'a');
  const before = await scene.ok(scene.mirror, 'for-each-ref');
  const { exitCode, stderr } = await push(...refspecs);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/remote: cspace: refused/);
  expect(stderr).toMatch(/\[remote rejected\]/);
  expect(stderr).toContain(why);
  expect(scene.events[0]).toMatchObject({
    type: 'git.push',
    result: { kind: 'refused', why: expect.stringContaining(why) },
  });
  expect(scene.landed).toEqual([]);
  expect(await scene.ok(scene.mirror, 'for-each-ref')).toBe(before);
});

test('handleGit() lets the good branch of a push through and refuses the bad one', async () => {
  await scene.commit(clone, 'a', 'a');
  const { exitCode, stderr } = await push('HEAD:mars', 'HEAD:main');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('[new branch]      HEAD -> mars');
  expect(stderr).toContain('[remote rejected] HEAD -> main (the branch is protected)');
});

test('handleGit() refuses force outside of its own branch, and leaves the objects out', async () => {
  await scene.commit(clone, 'a', 'a');
  await push('HEAD:feature/a');
  await scene.ok(clone, 'reset', '-q', '--hard', 'HEAD~1');
  const bad = await scene.commit(clone, 'b', 'b');
  const { exitCode, stderr } = await push('-f', 'HEAD:feature/a');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('only mars can be forced');
  expect((await scene.git(scene.mirror, 'cat-file', '-e', bad)).exitCode).not.toBe(0);
});

test('handleGit() refuses changed workflows, wherever in the push they are', async () => {
  await scene.commit(clone, '.github/workflows/evil.yml', 'on: push');
  expect((await push('HEAD:mars')).stderr).toContain('it changes what runs in CI (.github/workflows/evil.yml)');
  await scene.ok(clone, 'rm', '-q', '.github/workflows/evil.yml');
  await scene.ok(clone, 'commit', '-qm', 'gone again');
  expect((await push('HEAD:mars')).exitCode).toBe(1);

  await scene.ok(clone, 'reset', '-q', '--hard', 'origin/main');
  await scene.ok(clone, 'rm', '-qr', '.github');
  await scene.ok(clone, 'commit', '-qm', 'removed');
  expect((await push('HEAD:mars')).stderr).toContain('ci.yml');
  scene.grant = { ...GRANT, workflowFiles: true };
  expect((await push('HEAD:mars')).exitCode).toBe(0);
});

test('handleGit() refuses a merge that slips a workflow in, and takes one that brings the base along', async () => {
  const first = join(scene.directory, 'first');
  const work = await scene.commit(clone, 'a', 'a');
  await scene.commit(first, '.github/workflows/ci.yml', 'on: [push, pull_request]\n');
  await scene.ok(first, 'push', '-q', scene.mirror, 'main');
  await scene.ok(clone, 'fetch', '-q');
  await scene.ok(clone, 'merge', '-q', '--no-edit', 'origin/main');
  expect((await push('HEAD:mars')).exitCode).toBe(0);

  await scene.ok(clone, 'reset', '-q', '--hard', work);
  await scene.ok(clone, 'merge', '-q', '--no-commit', 'origin/main');
  await scene.commit(clone, '.github/workflows/ci.yml', 'on: everything\n');
  const { exitCode, stderr } = await push('-f', 'HEAD:mars');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('.github/workflows/ci.yml');
});

test('handleGit() refuses a pack that is too large, and says so', async () => {
  scene.grant = { ...GRANT, maxPackBytes: 1_000_000 };
  const commit = await scene.commit(clone, 'big', randomBytes(20_000_000));
  const { exitCode, stderr } = await push('HEAD:mars');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('the pack is larger than 1 MB');
  expect((await scene.git(scene.mirror, 'cat-file', '-e', commit)).exitCode).not.toBe(0);
  expect(scene.events).toMatchObject([{ type: 'git.push', result: { kind: 'refused' } }]);
});

test('handleGit() takes thin packs over bases that only the mirror has', async () => {
  const text = randomBytes(200_000).toString('hex');
  const first = join(scene.directory, 'first');
  await scene.commit(first, 'large', text);
  await scene.ok(first, 'push', '-q', scene.mirror, 'main');
  await scene.ok(clone, 'pull', '-q', '--ff-only');
  await scene.commit(clone, 'large', `${text}more`);
  const { exitCode, stderr } = await scene.git(clone, 'push', '--thin', '--progress', 'origin', 'HEAD:mars');
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/\(delta [12]\)/);
  await scene.ok(scene.mirror, 'fsck', '--strict', '--connectivity-only');
});

test('handleGit() refuses objects that git finds bad', async () => {
  const blob = await scene.ok(clone, 'rev-parse', 'HEAD:README.md');
  const tree = execFileSync('git', ['mktree'], { cwd: clone, input: `100644 blob ${blob}\t.git\n` })
    .toString()
    .trim();
  const commit = await scene.ok(clone, 'commit-tree', '-p', 'HEAD', '-m', 'evil', tree);
  const { exitCode, stderr } = await push(`${commit}:refs/heads/mars`);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/the pack is not sound: .*hasDotgit/);
  expect((await scene.git(scene.mirror, 'cat-file', '-e', commit)).exitCode).not.toBe(0);
});

test('handleGit() gives the reason of the outside, every line of it', async () => {
  scene.land = async () => ({ kind: 'failed', why: 'pre-receive hook declined: no\nsee \u001b[31mhttps://x' });
  await scene.commit(clone, 'a', 'a');
  const { exitCode, stderr } = await push('HEAD:mars');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('! [remote rejected] HEAD -> mars (pre-receive hook declined: no)');
  expect(stderr).toContain('remote: see ?[31mhttps://x');
  expect(scene.events).toEqual([]);
});

test('handleGit() answers only after the outside has', async () => {
  let answered = false;
  scene.land = async ({ branch }) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    answered = true;
    return { kind: 'landed', where: 'local', ref: `refs/remotes/cspace/${branch}` };
  };
  await scene.commit(clone, 'a', 'a');
  const { stderr } = await push('HEAD:mars');
  expect(answered).toBe(true);
  expect(stderr).toContain("landed in the user's repository as refs/remotes/cspace/mars");
});

test('handleGit() keeps saved work apart from every fetch', async () => {
  const one = await scene.commit(clone, 'secret', 'one');
  expect(await push(`+${one}:refs/cspace/shadow`)).toMatchObject({ exitCode: 0 });
  await scene.ok(clone, 'reset', '-q', '--hard', 'HEAD~1');
  const two = await scene.commit(clone, 'secret', 'two');
  expect(await push(`+${two}:refs/cspace/shadow`)).toMatchObject({ exitCode: 0 });
  expect(await scene.ok(scene.shadow, 'rev-parse', 'refs/cspace/shadow')).toBe(two);
  expect(scene.landed).toEqual([]);
  expect((await scene.git(scene.mirror, 'cat-file', '-e', two)).exitCode).not.toBe(0);
  for (const version of ['0', '2']) {
    const other = await scene.clone(`other${version}`, '-c', `protocol.version=${version}`);
    expect(await scene.ok(other, 'ls-remote', 'origin')).not.toContain('shadow');
    expect((await scene.git(other, 'fetch', 'origin', two)).exitCode).not.toBe(0);
    expect((await scene.git(other, 'fetch', 'origin', 'refs/cspace/shadow')).exitCode).not.toBe(0);
  }
  expect((await push(':refs/cspace/shadow')).stderr).toContain('saved work cannot be deleted');
});

test('handleGit() tidies saved work when there is much of it', async () => {
  const packs = join(scene.shadow, 'objects', 'pack');
  const save = async (text: string) => {
    const commit = await scene.commit(clone, 'secret', text);
    expect(await push(`+${commit}:refs/cspace/shadow`)).toMatchObject({ exitCode: 0 });
  };
  await save('one');
  for (const name of await readdir(packs)) {
    for (let copy = 10; copy < 40; copy += 1) {
      await copyFile(join(packs, name), join(packs, name.replace(/-[0-9a-f]{2}/, `-${copy}`)));
    }
  }
  await save('two');
  expect((await readdir(packs)).filter((name) => name.endsWith('.pack'))).toHaveLength(2);
  await scene.ok(scene.shadow, 'fsck', '--connectivity-only');
});

test('handleGit() loses no saved work to the tidying of another that is saved at the same time', async () => {
  const packs = join(scene.shadow, 'objects', 'pack');
  const clones = await Promise.all(['a', 'b', 'c', 'd'].map((name) => scene.clone(name)));
  for (let round = 0; round < 6; round += 1) {
    const commits = await Promise.all(clones.map((each, index) => scene.commit(each, 'secret', `${round} ${index}`)));
    for (const name of await readdir(packs)) {
      for (let copy = 10; copy < 40; copy += 1) {
        await copyFile(join(packs, name), join(packs, name.replace(/-[0-9a-f]{2}/, `-${copy}`))).catch(() => undefined);
      }
    }
    const saved = await Promise.all(
      clones.map((each, index) => scene.git(each, 'push', 'origin', `+${commits[index]}:refs/cspace/shadow`)),
    );
    expect(saved.map(({ exitCode, stderr }) => (exitCode === 0 ? 'saved' : stderr))).toEqual(Array(4).fill('saved'));
    expect(commits).toContain(await scene.ok(scene.shadow, 'rev-parse', 'refs/cspace/shadow'));
    await scene.ok(scene.shadow, 'fsck', '--connectivity-only');
  }
});

test('handleGit() takes pushes of many at once', async () => {
  const clones = await Promise.all(Array.from({ length: 8 }, (_, index) => scene.clone(`c${index}`)));
  const results = await Promise.all(
    clones.map(async (each, index) => {
      await scene.commit(each, `f${index}`, randomBytes(50_000));
      return scene.git(each, 'push', 'origin', `HEAD:feature/${index}`);
    }),
  );
  expect(results.map(({ exitCode }) => exitCode)).toEqual(Array(8).fill(0));
  await scene.ok(scene.mirror, 'fsck', '--connectivity-only');
}, 120_000);

test('handleGit() lets one of two pushes to one branch win', async () => {
  const clones = await Promise.all(['x', 'y'].map((name) => scene.clone(name)));
  const results = await Promise.all(
    clones.map(async (each, index) => {
      await scene.commit(each, `f${index}`, `${index}`);
      return scene.git(each, 'push', 'origin', 'HEAD:mars');
    }),
  );
  const won = results.filter(({ exitCode }) => exitCode === 0);
  expect(won).toHaveLength(1);
  expect(scene.landed).toHaveLength(1);
});
