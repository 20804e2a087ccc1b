import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DOCKER, leftInEngine } from './harness/docker.ts';
import { leftovers } from './harness/leftovers.ts';
import { product } from './harness/product.ts';
import { expectSentence } from './harness/refused.ts';
import { repository } from './harness/repository.ts';
import { noSmallEngine, type SmallEngine, smallEngine } from './harness/small-engine.ts';

const IMAGE = 'cspace/base:bookworm';
const NO_SPACE = /there is no space left for the Docker engine$/;
const missing = DOCKER.host === '' ? DOCKER.missing : noSmallEngine();

let engine: SmallEngine;
let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(() => cleanup.disposeAsync());

async function scene() {
  cleanup.defer(() => engine.empty());
  const cspace = cleanup.use(await product({ DOCKER_HOST: engine.host, CSPACE_SANDBOX_RUNTIME: 'docker' }));
  const cwd = repository(cspace.home);
  const up = (name: string, prompt: string) =>
    cspace.run(['up', name, '--agent', 'shell', '--prompt', prompt], { cwd });
  const left = () => [...leftInEngine(cspace.home, engine.host), ...leftovers(`${cspace.home}/cspace`)];
  return { cspace, cwd, up, left };
}

describe('a Docker engine whose disk is full', () => {
  if (missing !== undefined) {
    test('on Docker', (context) => context.skip(missing));
    return;
  }
  beforeAll(async () => {
    engine = await smallEngine(IMAGE);
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('a session is refused with one sentence and leaves nothing; there is one when there is room again', async () => {
    const { cspace, cwd, up, left } = await scene();
    // With the last, a container can be made and not be started.
    for (const leaveBytes of [0, 40_000, 150_000]) {
      engine.fill(leaveBytes);
      const refused = await up(`left-${leaveBytes}`, 'true');
      expect(refused).toMatchObject({ exitCode: 7, stdout: '' });
      expectSentence(refused.stderr, NO_SPACE);
      expect(refused.stderr).toContain('docker system df');
      expect(left()).toEqual([]);
      expect(await cspace.json(['list', '--json'], { cwd })).toEqual([]);
      engine.empty();
    }
    expect(await up('mars', 'true')).toMatchObject({ exitCode: 0 });
    engine.fill(0);
    const late = await up('venus', 'true');
    expect(late.exitCode).toBe(1);
    expect(late.stdout).toMatch(
      /✖ venus failed: Cannot create sbx_\w+: there is no space left for the Docker engine .*\n {2}→ Free some/,
    );
    expect(await cspace.run(['down', 'venus', '--force', '--yes'], { cwd })).toMatchObject({ exitCode: 0 });
    expect(left().filter((each) => each.startsWith('container'))).toHaveLength(1);
    expect(await cspace.run(['down', '--all', '--force', '--yes'], { cwd })).toMatchObject({ exitCode: 0 });
    expect(left()).toEqual([]);
  });

  test('a session that fills it ends its turn and says why; it can be mended, stopped and removed', async () => {
    const { cspace, cwd, up, left } = await scene();
    expect(await up('mars', 'true')).toMatchObject({ exitCode: 0 });
    const filling = await up('mars', 'dd if=/dev/zero of=big bs=1M');
    expect(filling.exitCode).toBe(1);
    expect(filling.stdout).toContain("error writing 'big': No space left on device");
    expect(filling.stdout).toMatch(/✖ mars failed: .*code 1/);
    const full = await up('mars', 'true');
    // A script that needs no more room than is left is none the worse.
    expect(full.exitCode === 0 || /✖ mars failed: .*no space left on device/.test(full.stdout), full.stdout).toBe(true);
    expect((await cspace.run(['ssh', 'mars', '--', 'rm', 'big'], { cwd })).exitCode).toBe(0);
    // What is being saved of the big file holds on to it for a moment.
    await expect.poll(async () => (await up('mars', 'echo again')).exitCode, { timeout: 20_000 }).toBe(0);
    await up('mars', 'dd if=/dev/zero of=big bs=1M');
    expect(await cspace.run(['stop', 'mars'], { cwd })).toMatchObject({ exitCode: 0 });
    expect(await cspace.run(['down', 'mars', '--force', '--yes'], { cwd })).toMatchObject({ exitCode: 0 });
    expect(left()).toEqual([]);
  });
});
