import { expect, test } from 'vitest';
import { withWorld } from '../testing/with-world.ts';

test('doctor() does not call that a failure which nothing needs', async () => {
  await withWorld(async ({ cli, world }) => {
    world.problems = [
      { severity: 'missing', what: 'agent codex has no model key', hint: 'cspace agents login codex' },
      { severity: 'weaker', what: 'no seccomp', hint: 'Install it' },
    ];
    const { exitCode, stdout } = await cli(['doctor']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('  – agent codex has no model key\n    → cspace agents login codex\n  ! no seccomp\n');
    expect(stdout).not.toContain('✖');
  });
});
