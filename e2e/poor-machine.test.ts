import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { leftovers } from './harness/leftovers.ts';
import { isAlive, type Product, product, type Result } from './harness/product.ts';
import { expectSentence, refused } from './harness/refused.ts';
import { git, repository } from './harness/repository.ts';

let cspace: Product;
beforeEach(async () => {
  cspace = await product();
});
afterEach(async () => {
  await cspace[Symbol.asyncDispose]();
});

const UP = ['up', 'mars', '--agent', 'shell', '--prompt', 'echo hello'];
const isRoot = process.getuid?.() === 0;

/** Runs a command, and the server that it starts, in a mount namespace that a script has changed first. */
function runWhere(mounts: string, args: readonly string[], cwd: string): Result {
  const script = `${mounts}; exec "$0" "$@"`;
  const ran = spawnSync('unshare', ['--mount', 'sh', '-ec', script, cspace.program, ...args], {
    cwd,
    env: cspace.env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { exitCode: ran.status ?? 1, stdout: ran.stdout, stderr: ran.stderr };
}

// reason: it mounts, which only root may.
test.skipIf(!isRoot)('without bubblewrap doctor says so, and up makes nothing; installed, it works', async () => {
  const cwd = repository(cspace.home);
  const hidden = 'mount --bind /dev/null "$(command -v bwrap)"';
  const doctor = runWhere(hidden, ['doctor', '--json'], cwd);
  expect(doctor.exitCode).toBe(7);
  expect(JSON.parse(doctor.stdout)).toMatchObject({
    ok: false,
    runtimes: expect.arrayContaining([expect.objectContaining({ kind: 'bubblewrap', usable: false })]),
    problems: expect.arrayContaining([
      expect.objectContaining({ what: 'bubblewrap is not installed', hint: expect.stringContaining('apt-get') }),
    ]),
  });
  await refused(cspace, UP, { exitCode: 7, why: /bubblewrap is not installed/ }, { cwd });
  await refused(cspace, ['warm', 'a', 'b', '--agent', 'shell'], { exitCode: 1, why: /./ }, { cwd }).catch(
    () => undefined,
  );
  expect(await cspace.json(['list', '--json'], { cwd })).toEqual([]);
  expect(await cspace.run(['serve', '--stop'])).toMatchObject({ exitCode: 0 });
  expect(await cspace.run(UP, { cwd })).toMatchObject({ exitCode: 0 });
});

test('a CSPACE_HOME that is a file, or cannot be made, is an error that names it', async () => {
  const cwd = repository(cspace.home);
  const file = join(cspace.home, 'file');
  writeFileSync(file, '');
  for (const CSPACE_HOME of [file, join(file, 'below'), '/sys/cspace', '/dev/null/x']) {
    const result = await cspace.run(UP, { cwd, env: { CSPACE_HOME } });
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expectSentence(result.stderr, /^Cannot start the cspace server in /);
    expect(result.stderr).toContain('CSPACE_HOME');
    const doctor = await cspace.run(['doctor', '--json'], { cwd, env: { CSPACE_HOME } });
    expect(doctor.exitCode).toBe(7);
    expect(JSON.parse(doctor.stdout)).toMatchObject({ ok: false, server: null, problems: [{ severity: 'missing' }] });
  }
});

// reason: it mounts, which only root may.
test.skipIf(!isRoot)('a home on a read-only disk is an error, and no trace of it is left', async () => {
  const cwd = repository(cspace.home);
  const home = join(cspace.home, 'cspace');
  mkdirSync(home);
  const result = runWhere(`mount -t tmpfs -o ro tmpfs '${home}'`, UP, cwd);
  expect(result).toMatchObject({ exitCode: 1, stdout: '' });
  expectSentence(result.stderr, /^Cannot start the cspace server in .*(read-only|EROFS)/);
});

test('a relative HOME is one directory to the CLI and to its server', async () => {
  const cwd = repository(cspace.home);
  const at = { cwd, env: { HOME: 'mine', CSPACE_HOME: '' } };
  expect(await cspace.run(['list'], at)).toMatchObject({ exitCode: 0 });
  const { home } = await cspace.json<{ home: string }>(['serve', '--status', '--json'], at);
  expect(home).toBe(join(cwd, 'mine/.local/share/cspace'));
  expect(await cspace.run(['serve', '--stop'], at)).toMatchObject({ exitCode: 0 });
});

test('a HOME that is not there or read-only does not matter while CSPACE_HOME is writable', async () => {
  const cwd = repository(cspace.home);
  const HOME = '/sys/nowhere';
  expect(await cspace.run(UP, { cwd, env: { HOME } })).toMatchObject({ exitCode: 0 });
});

// reason: it mounts, which only root may.
test.skipIf(!isRoot)('a full disk is told, makes nothing half, and is over when there is room again', async () => {
  const cwd = repository(cspace.home);
  const small = mkdtempSync(join(tmpdir(), 'cspace-small-'));
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=600m', 'tmpfs', small]).status).toBe(0);
  try {
    const env = { CSPACE_HOME: join(small, 'home') };
    expect(await cspace.run(['up', 'first', '--agent', 'shell', '--prompt', 'true'], { cwd, env })).toMatchObject({
      exitCode: 0,
    });
    spawnSync('dd', ['if=/dev/zero', `of=${small}/ballast`, 'bs=64k']);
    const full = await cspace.run(UP, { cwd, env });
    expect(full.exitCode).toBe(1);
    expect(full.stderr + full.stdout).toMatch(/no space|disk.*full|full.*disk|ENOSPC/i);
    expect(full.stderr).not.toContain('unexpected');
    rmSync(join(small, 'ballast'));
    const again = await cspace.run(UP, { cwd, env });
    expect(again, again.stderr).toMatchObject({ exitCode: 0 });
    expect(await cspace.run(['down', '--everywhere', '--force', '--yes'], { cwd, env })).toMatchObject({ exitCode: 0 });
    await cspace.run(['serve', '--stop'], { cwd, env });
    expect(leftovers(join(small, 'home'))).toEqual([]);
  } finally {
    spawnSync('umount', ['-l', small]);
    rmSync(small, { recursive: true, force: true });
  }
});

// reason: it mounts, which only root may.
test.skipIf(!isRoot)('a disk with no room for the toolbox is told, and nobody waits', async () => {
  const cwd = repository(cspace.home);
  const small = mkdtempSync(join(tmpdir(), 'cspace-small-'));
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', small]).status).toBe(0);
  try {
    const env = { CSPACE_HOME: join(small, 'home') };
    const up = await cspace.run(UP, { cwd, env, timeoutMs: 20_000 });
    expect(up.exitCode).toBe(1);
    expect(up.stdout + up.stderr).toContain('no space is left');
    expect(up.stdout + up.stderr).toContain('Make room');
    expect(await cspace.run(['down', 'mars'], { cwd, env })).toMatchObject({ exitCode: 0 });
    await cspace.run(['serve', '--stop'], { cwd, env });
    expect(leftovers(join(small, 'home'))).toEqual([]);
  } finally {
    spawnSync('umount', ['-l', small]);
    rmSync(small, { recursive: true, force: true });
  }
});

test('a second server of one home says who has it', async () => {
  await cspace.run(['list', '--all']);
  const pid = await cspace.serverPid();
  const second = await cspace.run(['serve']);
  expect(second).toMatchObject({ exitCode: 4, stdout: '' });
  expectSentence(second.stderr, new RegExp(`^Cannot serve: process ${pid} serves`));
  expect(await cspace.serverPid()).toBe(pid);
});

test('a second server that cannot see the socket is kept out by the lock, and says who has it', async () => {
  await cspace.run(['list', '--all']);
  const pid = await cspace.serverPid();
  rmSync(join(cspace.home, 'cspace', 'server.sock'));
  const second = await cspace.run(['serve']);
  expect(second).toMatchObject({ exitCode: 4 });
  expectSentence(second.stderr, new RegExp(`process ${pid} has it`));
  process.kill(pid, 'SIGTERM');
  await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
});

// reason: it mounts, which only root may.
test.skipIf(!isRoot)("another user's repository is refused with how to trust it", async () => {
  const cwd = repository(cspace.home);
  spawnSync('chown', ['-R', '12345', cwd]);
  const { stderr } = await refused(cspace, UP, { exitCode: 2, why: /belongs to another user/ }, { cwd });
  expect(stderr).toContain('safe.directory');
});

test('a repository whose objects are damaged is an error, not a bug', async () => {
  const cwd = repository(cspace.home);
  const blob = git(cwd, 'rev-parse', 'HEAD:README.md');
  rmSync(join(cwd, '.git/objects', blob.slice(0, 2), blob.slice(2)));
  const up = await cspace.run(UP, { cwd });
  expect(up.exitCode).toBe(1);
  expect(up.stderr).not.toContain('unexpected');
});
