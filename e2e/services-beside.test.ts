import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DOCKER, docker, leftInEngine, sandboxesInEngine } from './harness/docker.ts';
import { type Product, product } from './harness/product.ts';
import { git, repository } from './harness/repository.ts';

const IMAGE = 'cspace/postgres:bookworm';

let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(() => cleanup.disposeAsync());

/** A repository whose sessions have that service in a container. */
async function scene(command: string, ports: number[]): Promise<{ readonly cspace: Product; readonly cwd: string }> {
  const cspace = cleanup.use(await product({ DOCKER_HOST: DOCKER.host, CSPACE_SANDBOX_RUNTIME: 'docker' }));
  const cwd = repository(cspace.home);
  writeFileSync(join(cwd, '.cspace.json'), JSON.stringify({ services: { db: { image: IMAGE, command, ports } } }));
  git(cwd, 'add', '.cspace.json');
  git(cwd, 'commit', '-qm', 'services');
  return { cspace, cwd };
}

describe('a service in a container', () => {
  if (DOCKER.host === '') {
    test('on Docker', (context) => context.skip(DOCKER.missing));
    return;
  }

  test('that ends a second after its start fails the prompt at once, with its exit code and last words', async () => {
    const { cspace, cwd } = await scene('sleep 1; echo the disk is on fire >&2; exit 7', [5432]);
    const sinceMs = performance.now();
    const up = await cspace.run(['up', 'mars', '--agent', 'shell', '--prompt', 'true'], { cwd });
    expect(up.exitCode).not.toBe(0);
    expect(up.stdout + up.stderr).toContain('Cannot start service db: it exited with code 7: the disk is on fire');
    expect(performance.now() - sinceMs).toBeLessThan(45_000);
    await cspace.run(['down', 'mars', '--force'], { cwd });
    expect(leftInEngine(cspace.home)).toEqual([]);
  });

  test('that dies while the session runs is started again and said to be, also by a server that came later', async () => {
    const { cspace, cwd } = await scene('echo a life; exec sleep 1000', []);
    const up = await cspace.run(['up', 'mars', '--agent', 'shell', '--prompt', 'true'], { cwd });
    expect(up).toMatchObject({ exitCode: 0 });
    const said = async (...of: string[]) => {
      const { stdout, stderr } = await cspace.run(['logs', 'mars', ...of], { cwd });
      return stdout + stderr;
    };
    expect(await said('--service', 'db')).toBe('a life\n');
    await cspace.killServer();
    await cspace.run(['list'], { cwd });
    docker('kill', `${sandboxesInEngine(cspace.home)[0]}-db`);
    await expect.poll(() => said('--service', 'db'), { timeout: 30_000 }).toBe('a life\na life\n');
    expect(await said()).toContain('Service db died and is started again: it was ended by SIGKILL: a life');
    await cspace.run(['down', 'mars', '--force'], { cwd });
    expect(leftInEngine(cspace.home)).toEqual([]);
  });
});
