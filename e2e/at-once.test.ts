import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { leftovers } from './harness/leftovers.ts';
import { type Product, product } from './harness/product.ts';
import { git, repository } from './harness/repository.ts';

let cspace: Product;
let cwd: string;
beforeAll(async () => {
  cspace = await product();
  cwd = repository(cspace.home);
});
afterAll(async () => {
  await cspace[Symbol.asyncDispose]();
});

const times = <T>(count: number, each: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => each(n)));
const sessions = () => cspace.json<{ id: string; name: string }[]>(['list', '--json'], { cwd });
const clear = async () => {
  expect(await cspace.run(['down', '--all', '--force', '--yes'], { cwd })).toMatchObject({ exitCode: 0 });
  expect(leftovers(join(cspace.home, 'cspace'))).toEqual([]);
};

test('fifty up of one name at once, the first ones of their server, are one session', async () => {
  const made = await times(50, () => cspace.run(['up', 'mars', '--no-agent', '-d', '--json'], { cwd }));
  expect(made.filter(({ exitCode }) => exitCode !== 0)).toEqual([]);
  const ids = made.map(({ stdout }) => (JSON.parse(stdout) as { id: string }).id);
  expect(new Set(ids).size).toBe(1);
  expect((await sessions()).map(({ id }) => id)).toEqual([ids[0]]);
  await clear();
});

test('twelve up without a name at once are twelve sessions', async () => {
  const made = await times(12, () => cspace.run(['up', '--no-agent', '-d', '--json'], { cwd }));
  expect(made.filter(({ exitCode }) => exitCode !== 0)).toEqual([]);
  const names = (await sessions()).map(({ name }) => name);
  expect(new Set(names).size).toBe(12);
  expect(names).toEqual(expect.arrayContaining(['mercury', 'neptune', 'mercury-2', 'mars-2']));
  await clear();
});

test('prompts sent at once are each run once', async () => {
  const up = ['up', 'venus', '--agent', 'shell'];
  const ran = await times(8, (n) => cspace.run([...up, '--prompt', `echo ${n} >> ran.txt`], { cwd }));
  expect(ran.map(({ exitCode }) => exitCode)).toEqual(Array(8).fill(0));
  const { stdout } = await cspace.run(['ssh', 'venus', '--', 'sort', 'ran.txt'], { cwd });
  expect(stdout).toBe('0\n1\n2\n3\n4\n5\n6\n7\n');
  await clear();
});

test('up against down ends with a session or without one, and never with half of one', async () => {
  const up = ['up', 'earth', '--agent', 'shell', '--prompt', 'echo there'];
  for (let round = 0; round < 4; round += 1) {
    const first = cspace.run(up, { cwd });
    const [second, ...downs] = await Promise.all([
      cspace.run(up, { cwd }),
      cspace.run(['down', 'earth', '--force'], { cwd }),
      cspace.run(['down', 'earth', '--force'], { cwd }),
    ]);
    for (const { exitCode, stderr } of [await first, second]) {
      expect([0, 1, 4], stderr).toContain(exitCode);
      expect(stderr).not.toContain('unexpected');
    }
    for (const { exitCode, stderr } of downs) expect([0, 3], stderr).toContain(exitCode);
    for (const { name } of await sessions()) {
      expect(await cspace.run(up, { cwd })).toMatchObject({ exitCode: 0 });
      await cspace.run(['down', name, '--force'], { cwd });
    }
    expect(leftovers(join(cspace.home, 'cspace'))).toEqual([]);
  }
});

test('two sessions that push at once both land', async () => {
  const push = 'echo $CSPACE_SESSION > $(hostname).txt; git add -A; git commit -qm x; git push -q';
  const both = await Promise.all(
    ['jupiter', 'saturn'].map((name) => cspace.run(['up', name, '--agent', 'shell', '--prompt', push], { cwd })),
  );
  expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(git(cwd, 'ls-tree', '--name-only', 'jupiter')).toContain('jupiter.txt');
  expect(git(cwd, 'ls-tree', '--name-only', 'saturn')).toContain('saturn.txt');
  await clear();
});
