import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hostileRepository, TRAP_NAMES } from '@cspace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Product, product } from './harness/product.ts';
import { git, repository } from './harness/repository.ts';

let cspace: Product;
beforeAll(async () => {
  cspace = await product();
});
afterAll(async () => {
  await cspace[Symbol.asyncDispose]();
});

test.each(TRAP_NAMES)('a repository with the trap %s runs nothing on the host and leads nowhere', async (trap) => {
  const { path: cwd, canary } = hostileRepository(trap, join(cspace.home, trap), join(cspace.home, `canary-${trap}`));
  const script = 'echo x > work.txt; git add -A; git commit -qm work; git push -q; true';
  const up = await cspace.run(['up', 'mars', '--agent', 'shell', '--prompt', script], { cwd });
  expect(up.stderr).not.toContain('unexpected');
  for (const args of [['list'], ['diff', 'mars'], ['config'], ['agents'], ['agent-status', 'mars'], ['logs', 'mars']]) {
    expect((await cspace.run(args, { cwd })).stderr).not.toContain('unexpected');
  }
  await cspace.run(['down', 'mars', '--force'], { cwd });
  expect(existsSync(canary)).toBe(false);
});

test('what an agent sets up in its clone and pushes runs nothing on the host', async () => {
  const cwd = repository(cspace.home);
  const canary = join(cspace.home, 'canary-pushed');
  const script = [
    `hook='#!/bin/sh\ntouch ${canary}'`,
    'for name in pre-push post-commit reference-transaction post-checkout; do echo "$hook" > .git/hooks/$name; chmod +x .git/hooks/$name; done',
    `git config core.fsmonitor 'touch ${canary}; false'`,
    `git config diff.external 'touch ${canary}; true'`,
    `git config filter.trap.clean 'touch ${canary}; cat'; git config diff.trap.textconv 'touch ${canary}; cat'`,
    'mkdir -p .githooks .cspace/agents; echo "$hook" > .githooks/post-merge; chmod +x .githooks/post-merge',
    'echo "* filter=trap diff=trap" > .gitattributes; ln -s /etc/passwd link; ln -s /etc .cspace/agents/etc',
    `printf '[submodule "x"]\\n\\tpath = x\\n\\turl = ext::sh -c touch%% ${canary}\\n' > .gitmodules`,
    'git add -A; git commit -qm trap; git push -q; true',
  ].join('\n');
  const up = await cspace.run(['up', 'venus', '--agent', 'shell', '--prompt-file', '-'], { cwd, input: script });
  expect(up).toMatchObject({ exitCode: 0 });
  for (const args of [
    ['diff', 'venus'],
    ['agent-status', 'venus'],
    ['stop', 'venus'],
    ['down', 'venus', '--force'],
  ]) {
    expect((await cspace.run(args, { cwd })).stderr).not.toContain('unexpected');
  }
  expect(existsSync(canary)).toBe(false);
  expect(git(cwd, 'status', '--porcelain')).toBe('');
});
