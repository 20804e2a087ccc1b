import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DOCKER, leftInEngine } from './harness/docker.ts';
import { leftovers } from './harness/leftovers.ts';
import { product } from './harness/product.ts';
import { repository } from './harness/repository.ts';
import { noSmallEngine, smallEngine } from './harness/small-engine.ts';

const IMAGE = 'cspace/base:bookworm';
const missing = DOCKER.host === '' ? DOCKER.missing : noSmallEngine();

let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(() => cleanup.disposeAsync());

describe('a Docker engine that is started again', () => {
  if (missing !== undefined) {
    test('on Docker', (context) => context.skip(missing));
    return;
  }

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'after %s: sessions have their files and services, and go without a trace',
    async (how) => {
      const engine = cleanup.use(await smallEngine(IMAGE));
      const cspace = cleanup.use(await product({ DOCKER_HOST: engine.host, CSPACE_SANDBOX_RUNTIME: 'docker' }));
      const cwd = repository(cspace.home);
      const services = { beside: { image: IMAGE, command: 'exec sleep 1000' } };
      writeFileSync(join(cwd, '.cspace.local.json'), JSON.stringify({ services }));
      const up = (name: string, prompt: string) =>
        cspace.run(['up', name, '--agent', 'shell', '--prompt', prompt], { cwd });
      const left = () => [...leftInEngine(cspace.home, engine.host), ...leftovers(`${cspace.home}/cspace`)];
      for (const name of ['mars', 'venus']) expect(await up(name, 'echo kept > ~/kept')).toMatchObject({ exitCode: 0 });

      const running = up('mars', 'echo begun > ~/begun; sleep 8; echo late');
      const begun = async () => (await cspace.run(['ssh', 'mars', '--', 'ls', '/home/agent'], { cwd })).stdout;
      await expect.poll(begun, { timeout: 30_000 }).toContain('begun');
      await engine.stop(how);
      await engine.start();
      // A turn that lost its run has failed, and says so; one that did not has ended well.
      const { exitCode, stdout } = await running;
      expect(
        exitCode === 0 ? stdout.includes('late') : /(✖ mars failed: |■ mars cancelled by )/.test(stdout),
        stdout,
      ).toBe(true);

      const again = await up('mars', 'cat ~/kept');
      expect(again.stdout).toContain('kept');
      expect(again).toMatchObject({ exitCode: 0 });

      await engine.stop(how);
      const refused = await cspace.run(['down', 'venus', '--force', '--yes'], { cwd });
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toMatch(/Cannot remove venus: the Docker engine at .* does not answer/);
      expect(refused.stderr).toContain('It goes on by itself then');
      await engine.start();
      expect(await cspace.run(['down', '--all', '--force', '--yes'], { cwd })).toMatchObject({ exitCode: 0 });
      await expect.poll(left, { timeout: 20_000 }).toEqual([]);
    },
  );
});
