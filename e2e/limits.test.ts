import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Product, product } from './harness/product.ts';
import { repository } from './harness/repository.ts';

let cspace: Product;
let cwd: string;
beforeAll(async () => {
  cspace = await product();
  cwd = repository(cspace.home);
  const config = join(cspace.home, 'cspace/config');
  mkdirSync(config, { recursive: true });
  const limits = { memory: '256m', pids: 128, disk: '200m' };
  writeFileSync(join(config, 'config.json'), JSON.stringify({ limits }));
  await cspace.run(['up', 'bystander', '--agent', 'shell', '--prompt', 'echo here > here.txt'], { cwd });
});
afterAll(async () => {
  await cspace[Symbol.asyncDispose]();
});

test.each([
  ['memory', 'node -e "const all = []; for (;;) all.push(Buffer.alloc(8e6, 1))"', /memory/],
  ['fork', 'bomb() { bomb | bomb & }; bomb; sleep 60', /time/],
  ['disk', 'for n in $(seq 400); do dd if=/dev/urandom of=fill$n bs=1M count=2 status=none; sleep 0.05; done', /disk/],
  ['log', 'yes "a line of a log" | head -c 300000000', /./],
] as const)('a %s bomb ends its own session at most, and no other notices', async (name, bomb, says) => {
  const up = await cspace.run(['up', `bomb-${name}`, '--agent', 'shell', '--timeout', '20s', '--prompt', bomb], {
    cwd,
  });
  expect(up.stdout + up.stderr).toMatch(says);
  if (name !== 'log') expect([1, 6]).toContain(up.exitCode);
  if (name === 'disk') {
    const { stdout } = await cspace.run(['list'], { cwd });
    expect(stdout).toContain('hit its disk limit');
  }
  const bystander = await cspace.run(['up', 'bystander', '--prompt', 'cat here.txt'], { cwd });
  expect(bystander).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('here') });
  expect(await cspace.run(['down', `bomb-${name}`, '--force'], { cwd })).toMatchObject({ exitCode: 0 });
});

test("a repository's limits can be lower than the user's, and no higher", async () => {
  const own = repository(cspace.home, { '.cspace.json': JSON.stringify({ limits: { memory: '128m', pids: 4096 } }) });
  type Session = { readonly limits: { readonly memoryBytes: number; readonly pids: number } };
  const session = await cspace.json<Session>(['up', 'narrow', '--agent', 'shell', '--json'], { cwd: own });
  expect(session.limits).toMatchObject({ memoryBytes: 128 * 1024 * 1024, pids: 128 });
});

test('a turn that takes too long is ended with that reason, and its session goes on', async () => {
  const up = await cspace.run(['up', 'slow', '--agent', 'shell', '--timeout', '2s', '--prompt', 'sleep 60'], { cwd });
  expect(up.exitCode).toBe(6);
  expect(up.stdout + up.stderr).toMatch(/ran longer than 2 s\n/);
  expect(up.stdout + up.stderr).toContain('ended by its time limit');
  expect(await cspace.run(['up', 'slow', '--prompt', 'true'], { cwd })).toMatchObject({ exitCode: 0 });
});
