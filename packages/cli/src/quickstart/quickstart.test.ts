import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '@cspace/client/testing';
import { Fault } from '@cspace/domain';
import { expect, test } from 'vitest';
import { withWorld } from '../testing/with-world.ts';

/** What a sandbox does, in a plain clone: runs the script on its branch, and lands the push. */
const inClone =
  (sample: () => string, scratch: string): World['onPrompt'] =>
  (world, session, { id, text }) => {
    const clone = join(scratch, `clone-${session.name}`);
    execFileSync('git', ['clone', '--quiet', sample(), clone]);
    const env = {
      ...process.env,
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b.c',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b.c',
    };
    execFileSync('git', ['-C', clone, 'switch', '--quiet', '-c', session.branch]);
    execFileSync('sh', ['-c', text], { cwd: clone, env, stdio: 'ignore' });
    const newCommit = execFileSync('git', ['-C', clone, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
    const ref = `refs/heads/${session.branch}`;
    world.emit(
      session.id,
      { type: 'stage', stage: 'sandbox', status: 'done', ms: 7 },
      { type: 'git.push', ref, oldCommit: '0'.repeat(40), newCommit, result: { kind: 'landed', where: 'local', ref } },
      { type: 'turn.ended', promptId: id, outcome: { kind: 'finished' }, ms: 50 },
    );
  };

test('quickstart() goes the whole way on its sample, twice, without a terminal', async () => {
  await withWorld(async ({ cli, world, directory }) => {
    for (const name of ['one', 'two']) {
      const sample = join(directory, name);
      world.onPrompt = inClone(() => sample, directory);
      const { stdout, stderr, exitCode } = await cli(['quickstart', '--dir', name]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toContain('FAILED  Hello, World! -> hello--world-, not hello-world');
      expect(stdout).toContain('ok      Hello, World! -> hello-world');
      expect(stdout).toContain("+printf '%s'");
      expect(stdout).toMatch(/4\. What it took/);
      expect(stdout).toContain('cspace down');
      expect(readFileSync(join(sample, 'slug.sh'), 'utf8')).not.toContain('sed');
    }
    expect(await cli(['quickstart', '--dir', 'one'])).toMatchObject({ exitCode: 2 });
  });
});

test('quickstart() --json is one object, and a model is not asked unasked', async () => {
  await withWorld(async ({ cli, world, directory }) => {
    const sample = join(directory, 'sample');
    world.onPrompt = inClone(() => sample, directory);
    const ran = await cli(['quickstart', '--dir', 'sample', '--json'], { env: { ANTHROPIC_API_KEY: 'x' } });
    expect(JSON.parse(ran.stdout)).toMatchObject({ ok: true, agent: 'shell', branch: 'mercury', directory: sample });
    rmSync(sample, { recursive: true });
  });
});

test('quickstart() is honest when it does not work', async () => {
  await withWorld(async ({ cli, world, directory }) => {
    world.onPrompt = (self, session, { id }) =>
      self.emit(session.id, { type: 'turn.ended', promptId: id, outcome: { kind: 'failed', why: 'no git' }, ms: 1 });
    expect(await cli(['quickstart', '--dir', 'a'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('the turn ended failed'),
    });
    world.faults.set(
      'sessions.create',
      new Fault('lacking', 'Cannot make a sandbox: no bubblewrap', { hint: 'apt install bubblewrap' }),
    );
    expect(await cli(['quickstart', '--dir', 'b'])).toMatchObject({
      exitCode: 7,
      stderr: expect.stringContaining('apt install bubblewrap'),
    });
    expect(existsSync(join(directory, 'b/slug.sh'))).toBe(true);
  });
});
