import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from './testing/run-cli.ts';
import { temporary } from './testing/temporary.ts';

test('what only reads is asked again when the server dies under it', async () => {
  using directory = temporary();
  const home = join(directory.path, 'home');
  mkdirSync(home);
  // Whoever starts a server while there is one meets its lock.
  const entry = join(directory.path, 'server.mjs');
  writeFileSync(entry, 'process.exit(4);\n');
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    if (requests === 1) request.socket.destroy();
    else response.end('[]');
  });
  await new Promise<void>((resolve) => server.listen(join(home, 'server.sock'), resolve));
  try {
    const env = { CSPACE_HOME: home, CSPACE_SERVER_ENTRY: entry, CSPACE_SERVER: '' };
    const ran = await runCli(['list', '--all', '--json'], { cwd: directory.path, env });
    expect(ran).toMatchObject({ exitCode: 0, stdout: '[]\n' });
    expect(requests).toBe(2);
  } finally {
    server.close();
  }
});
