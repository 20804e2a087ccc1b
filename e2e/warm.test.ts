import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Product, product } from './harness/product.ts';
import { repository } from './harness/repository.ts';

let cspace: Product;
beforeAll(async () => {
  cspace = await product();
});
afterAll(async () => {
  await cspace[Symbol.asyncDispose]();
});

const SERVICE = {
  command: `exec /opt/cspace/bin/node -e "require('net').createServer(s => s.end()).listen(6001, '127.0.0.1')"`,
  ports: [6001],
};

test('cspace warm makes several ready at once, each checked for real, without a turn', async () => {
  const cwd = repository(cspace.home, { '.cspace.json': JSON.stringify({ services: { echo: SERVICE } }) });
  const warm = await cspace.run(['warm', 'a', 'b', 'feature/c', '--agent', 'shell'], { cwd });
  expect(warm).toMatchObject({ exitCode: 0 });
  expect(warm.stdout).toMatch(/^INSTANCE +STATUS\na +ready \(.*\)\nb +ready \(.*\)\nfeature\/c +ready \(.*\)\n$/);
  for (const name of ['a', 'b', 'feature/c']) expect(warm.stderr).toMatch(new RegExp(`^${name} +✔ clone`, 'm'));
  const logs = await cspace.run(['logs', 'a', '--json'], { cwd });
  expect(logs.stdout).toContain('door.check.invalid');
  expect(logs.stdout).not.toContain('turn.ended');
  // One that somebody has worked in is as good, whatever its branch and files.
  const work = 'cd /workspace && git commit -q --allow-empty -m more && git checkout -q -b other && rm .cspace.json';
  expect(await cspace.run(['ssh', 'a', '--', 'sh', '-c', work], { cwd })).toMatchObject({ exitCode: 0 });
  expect(await cspace.run(['warm', 'a'], { cwd })).toMatchObject({ exitCode: 0 });
});

test('cspace warm tells of a clone that is not what it was made from, and of a service that does not listen', async () => {
  const wrong = repository(cspace.home, {
    '.cspace.json': JSON.stringify({ sandbox: { setup: 'git checkout -q -b elsewhere' } }),
  });
  const clone = await cspace.run(['warm', 'a', '--agent', 'shell', '--json'], { cwd: wrong });
  expect(clone).toMatchObject({ exitCode: 1 });
  expect(JSON.parse(clone.stdout)).toMatchObject([{ status: 'FAILED', why: 'clone: it is on elsewhere, not on a' }]);

  const silent = repository(cspace.home, {
    '.cspace.json': JSON.stringify({ services: { gone: { command: 'exit 3', ports: [6002] } } }),
  });
  const service = await cspace.run(['warm', 'a', '--agent', 'shell'], { cwd: silent });
  expect(service).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^a +FAILED: .*gone/m) });
});
