import { createServer, request } from 'node:http';
import { join } from 'node:path';
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

test('a server of another version that does not understand is named, with what to do', async () => {
  const cwd = repository(cspace.home);
  await cspace.run(['list'], { cwd });
  const real = join(cspace.home, 'cspace', 'server.sock');
  // The real server, as an older one would be: it knows less, and says who it is.
  await using older = createServer((incoming, response) => {
    const path = (incoming.url ?? '').replace('/v1/sessions', '/v1/sittings');
    const options = { socketPath: real, path, method: incoming.method, headers: incoming.headers };
    incoming.pipe(
      request(options, (answer) => {
        expect(answer.headers['cspace-version']).toMatch(/^\d+\.\d+\.\d+$/);
        response.writeHead(answer.statusCode ?? 0, { ...answer.headers, 'cspace-version': '0.0.1' });
        answer.pipe(response);
      }),
    );
  });
  const socket = join(cspace.home, 'older.sock');
  await new Promise<void>((resolve) => older.listen(socket, resolve));
  const run = await cspace.run(['list', '--server', `unix:${socket}`], { cwd });
  expect(run).toMatchObject({ exitCode: 4 });
  expect(run.stderr).toMatch(/Cannot do this: the server of this home is version 0\.0\.1, this is \d/);
  expect(run.stderr).toContain('cspace serve --stop, then try again');
});
