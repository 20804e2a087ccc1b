import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { leftovers } from './harness/leftovers.ts';
import { type Product, product } from './harness/product.ts';
import { git, hasBranch, repository } from './harness/repository.ts';

let cspace: Product;
beforeAll(async () => {
  cspace = await product();
});
afterAll(async () => {
  await cspace[Symbol.asyncDispose]();
});

const PUSH = 'echo done > result.txt\ngit add -A\ngit commit -qm "a result"\ngit push\n';

test('cspace up delegates a task and the pushed branch is in the repository', async () => {
  const directory = repository(cspace.home);
  const before = git(directory, 'rev-parse', 'HEAD');
  const up = await cspace.run(['up', 'mars', '--agent', 'shell', '--prompt-file', '-'], {
    cwd: directory,
    input: PUSH,
  });
  expect(up).toMatchObject({ exitCode: 0 });
  expect(git(directory, 'show', 'mars:result.txt')).toBe('done');
  expect(git(directory, 'rev-parse', 'HEAD')).toBe(before);
  expect(git(directory, 'status', '--porcelain')).toBe('');

  const [session] = await cspace.json<{ name: string; branch: string; state: unknown }[]>(['list', '--json'], {
    cwd: directory,
  });
  expect(session).toMatchObject({ name: 'mars', branch: 'mars' });
  const diff = await cspace.run(['diff', 'mars'], { cwd: directory });
  expect(diff.stdout).toContain('+done');

  const down = await cspace.run(['down', 'mars'], { cwd: directory });
  expect(down).toMatchObject({ exitCode: 0 });
  expect(leftovers(join(cspace.home, 'cspace'))).toEqual([]);
  expect(await cspace.json(['list', '--json'], { cwd: directory })).toEqual([]);
});

test('a project with a remote is pushed there, and nothing changes locally', async () => {
  const directory = repository(cspace.home);
  const remote = join(cspace.home, 'remote.git');
  git(directory, 'init', '-q', '--bare', '-b', 'main', remote);
  git(directory, 'remote', 'add', 'origin', remote);
  git(directory, 'push', '-q', 'origin', 'main');
  const refs = git(directory, 'for-each-ref');
  const up = await cspace.run(['up', 'feature/login', '--agent', 'shell', '--prompt-file', '-'], {
    cwd: directory,
    input: PUSH,
  });
  expect(up).toMatchObject({ exitCode: 0 });
  expect(git(remote, 'show', 'feature/login:result.txt')).toBe('done');
  expect(git(directory, 'for-each-ref')).toBe(refs);
  expect(await cspace.run(['down', 'feature-login'], { cwd: directory })).toMatchObject({ exitCode: 0 });
});

test('a torture prompt reaches the agent byte for byte', async () => {
  const directory = repository(cspace.home);
  const torture = `$HOME \`id\` "q" 'q' \\ \\n !! $(id) %s \u001b[31m ☃ 🦄 \r\n\ttab #{x} && || ; < > * ? ~ ${'x'.repeat(900_000)}`;
  const script = `cat > got.txt <<'END-OF-TORTURE'\n${torture}\nEND-OF-TORTURE\ngit add -A; git commit -qm torture; git push -q`;
  const up = await cspace.run(['up', 'torture', '--agent', 'shell', '--prompt-file', '-'], {
    cwd: directory,
    input: script,
  });
  expect(up).toMatchObject({ exitCode: 0 });
  const got = git(directory, 'rev-parse', 'torture:got.txt');
  const wanted = join(directory, 'wanted.txt');
  writeFileSync(wanted, `${torture}\n`);
  expect(got).toBe(git(directory, 'hash-object', '--no-filters', wanted));
  expect(readFileSync(wanted, 'utf8').length).toBeGreaterThan(900_000);
  await cspace.run(['down', 'torture', '--force'], { cwd: directory });
});

test('a script that fails is a failed turn, and down refuses what is not pushed', async () => {
  const directory = repository(cspace.home);
  const up = await cspace.run(['up', 'venus', '--agent', 'shell', '--prompt', 'echo lost > a.txt; exit 3'], {
    cwd: directory,
  });
  expect(up.exitCode).toBe(1);
  expect(hasBranch(directory, 'venus')).toBe(false);
  const refused = await cspace.run(['down', 'venus'], { cwd: directory });
  expect(refused).toMatchObject({ exitCode: 4 });
  expect(refused.stderr).toContain('1 changed file');
  expect(await cspace.run(['down', 'venus', '--force', '--yes'], { cwd: directory })).toMatchObject({ exitCode: 0 });
});

test('a script whose supervisor is replaced is cancelled and not run again, and the reason is not run at all', async () => {
  const directory = repository(cspace.home);
  const at = { cwd: directory };
  const script = 'echo run >> ran; git add -A; git commit -qm ran; git push -q; sleep 300';
  await cspace.run(['up', 'mars', '--agent', 'shell', '--detach', '--prompt', script], at);
  await expect.poll(() => hasBranch(directory, 'mars'), { timeout: 60_000 }).toBe(true);
  const restarted = await cspace.run(['restart-supervisor', 'mars', '--reason', 'x; touch reason'], at);
  expect(restarted).toMatchObject({ exitCode: 0 });
  const next = await cspace.run(['up', 'mars', '--prompt', 'cat ran; ls reason || echo none'], at);
  expect(next).toMatchObject({ exitCode: 0 });
  expect(next.stdout.match(/^(run|none|reason)$/gm)).toEqual(['run', 'none']);
  const logs = await cspace.run(['logs', 'mars'], at);
  expect(logs.stdout).toContain('x; touch reason');
  expect(logs.stdout).toContain('cancelled by a stop');
  await cspace.run(['down', 'mars', '--force'], at);
});

test('a sandbox has no network, and a push outside its grant is refused at its terminal', async () => {
  const directory = repository(cspace.home);
  const script = [
    'cat /proc/net/dev | tail -n +3 | grep -v lo: && exit 10',
    'git commit -q --allow-empty -m more',
    'git push -q origin HEAD:refs/heads/main 2> refused.txt && exit 11',
    'git push -q origin HEAD:refs/tags/v1 2>> refused.txt && exit 12',
    'cat refused.txt',
    'curl -sS -m 5 https://example.invalid/ && exit 13',
    'test -e /root/.ssh && exit 14',
    'exit 0',
  ].join('\n');
  const up = await cspace.run(['up', 'earth', '--agent', 'shell', '--prompt-file', '-'], {
    cwd: directory,
    input: script,
  });
  expect(up.stdout + up.stderr).toContain('refused');
  expect(up).toMatchObject({ exitCode: 0 });
  const logs = await cspace.run(['logs', 'earth', '--json'], { cwd: directory });
  const events = logs.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: { type: string; result?: { kind: string } } });
  expect(events.filter(({ event }) => event.type === 'git.push' && event.result?.kind === 'refused')).toHaveLength(2);
  await cspace.run(['down', 'earth', '--force'], { cwd: directory });
});

test('a session starts from the HEAD of the work tree its user stands in', async () => {
  const directory = repository(cspace.home);
  const linked = join(cspace.home, 'linked');
  git(directory, 'worktree', 'add', '-q', '-b', 'side', linked);
  git(linked, 'commit', '-q', '--allow-empty', '-m', 'only here');
  const up = await cspace.run(['up', 'pluto', '--agent', 'shell', '--prompt', 'git push -q'], { cwd: linked });
  expect(up).toMatchObject({ exitCode: 0 });
  expect(git(directory, 'rev-parse', 'pluto')).toBe(git(linked, 'rev-parse', 'HEAD'));
  expect(await cspace.run(['down', 'pluto'], { cwd: directory })).toMatchObject({ exitCode: 0 });
});
