import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { listen } from '../testing/listen.ts';
import { testDoor } from '../testing/test-door.ts';
import { readRegistries } from './read-registries.ts';

const run = promisify(execFile);

test('npm inside installs from a registry on the loopback of the user’s machine', { timeout: 60_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'npm-'));
  try {
    await writeFile(join(directory, 'package.json'), '{"name":"little","version":"1.2.3"}');
    await run('npm', ['pack', '--ignore-scripts'], { cwd: directory });
    const tarball = await readFile(join(directory, 'little-1.2.3.tgz'));
    const asked: string[] = [];
    // As naive as registries get: the addresses of its packages are those it knows itself by.
    const server = createHttpServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      if (request.url?.endsWith('.tgz')) return void response.end(tarball);
      const { port } = listening;
      const dist = {
        tarball: `http://127.0.0.1:${port}/little/-/little-1.2.3.tgz`,
        integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
      };
      const versions = { '1.2.3': { name: 'little', version: '1.2.3', dist } };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ name: 'little', 'dist-tags': { latest: '1.2.3' }, versions }));
    });
    await using listening = await listen(server);
    const env = { npm_config_registry: `http://127.0.0.1:${listening.port}/` };
    const { grants, environment } = readRegistries({ env, home: directory, root: directory });
    await using door = await testDoor({ egressAllowed: () => grants });
    const forwarder = createServer((socket) => {
      door.dial().then(
        (up) =>
          void socket
            .on('error', () => {})
            .pipe(up)
            .on('error', () => {})
            .pipe(socket),
        () => socket.destroy(),
      );
    });
    await using forward = await listen(forwarder);
    const proxy = `http://127.0.0.1:${forward.port}`;
    const inside = {
      ...environment,
      PATH: process.env.PATH,
      HOME: directory,
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      NO_PROXY: 'localhost,127.0.0.1,::1',
      npm_config_update_notifier: 'false',
    };
    const project = await mkdtemp(join(directory, 'project-'));
    await writeFile(join(project, 'package.json'), '{"name":"p","version":"1.0.0"}');
    await run('npm', ['install', 'little', '--no-audit', '--no-fund'], { cwd: project, env: inside });
    expect(JSON.parse(await readFile(join(project, 'node_modules/little/package.json'), 'utf8')).version).toBe('1.2.3');
    expect(asked.some((line) => line.endsWith('little-1.2.3.tgz'))).toBe(true);
    expect(door.events.length).toBeGreaterThan(0);
    expect(door.events.every((event) => event.type === 'egress' && event.decision === 'allowed')).toBe(true);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
