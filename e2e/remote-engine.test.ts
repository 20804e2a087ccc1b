import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  DOCKER,
  docker,
  type EngineProxy,
  engineProxy,
  leftInEngine,
  removeCopies,
  sandboxesInEngine,
} from './harness/docker.ts';
import { modelScene } from './harness/model-scene.ts';
import { type Product, product } from './harness/product.ts';
import { git, repository } from './harness/repository.ts';

const PUSH = 'echo done > result.txt; git add -A; git commit -qm "a result"; git push -q';

let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(() => cleanup.disposeAsync());

/** The copy of the toolbox is there for the next session; all else goes with `down`. */
function left({ home }: Product): readonly string[] {
  removeCopies(home);
  return leftInEngine(home);
}

describe('an engine at a TCP address', () => {
  if (DOCKER.host === '') {
    test('on Docker', (context) => context.skip(DOCKER.missing));
    return;
  }

  let proxy: EngineProxy;
  beforeEach(async () => {
    proxy = cleanup.use(await engineProxy());
  });
  const scene = async () => {
    const cspace = cleanup.use(await product({ DOCKER_HOST: proxy.host, CSPACE_SANDBOX_RUNTIME: 'docker' }));
    return { cspace, cwd: repository(cspace.home) };
  };

  test('runs sessions that have no network and nothing of this machine; everything works as it does anywhere', async () => {
    const { cspace, cwd } = await scene();
    const up = await cspace.run(['up', 'mars', '--agent', 'shell', '--prompt', PUSH], { cwd });
    expect(up).toMatchObject({ exitCode: 0 });
    expect(git(cwd, 'show', 'mars:result.txt')).toBe('done');
    const [seen] = JSON.parse(docker('inspect', ...sandboxesInEngine(cspace.home)));
    expect(seen.HostConfig).toMatchObject({ NetworkMode: 'none', CapDrop: ['ALL'], Privileged: false });
    expect(seen.Mounts.map(({ Type, RW }: { Type: string; RW: boolean }) => ({ Type, RW }))).toEqual([
      { Type: 'volume', RW: false },
    ]);
    expect((await cspace.run(['ssh', 'mars', '--', 'id', '-un'], { cwd })).stdout).toBe('agent\n');
    expect((await cspace.run(['ssh', 'mars', '--', 'ls', '/run/cspace'], { cwd })).stdout).toBe('gateway.sock\n');
    expect(await cspace.run(['stop', 'mars'], { cwd })).toMatchObject({ exitCode: 0 });
    const again = await cspace.run(['send', 'mars', 'cat result.txt'], { cwd });
    expect(again).toMatchObject({ exitCode: 0 });
    // The second one has the toolbox already.
    const venus = await cspace.run(['up', 'venus', '--agent', 'shell', '--prompt', PUSH], { cwd });
    expect(venus).toMatchObject({ exitCode: 0 });
    expect(leftInEngine(cspace.home).filter((each) => each.startsWith('volume'))).toHaveLength(1);
    expect(await cspace.run(['down', '--all', '--force', '--yes'], { cwd })).toMatchObject({ exitCode: 0 });
    expect(left(cspace)).toEqual([]);
  });

  test('a line that is cut and a server that is killed in the middle of a turn are got over', async () => {
    const { cspace, cwd } = await modelScene(
      cleanup,
      () => [
        { text: 'Starting. ', run: 'echo one >> steps.txt; sleep 6' },
        { run: 'echo two >> steps.txt; git add -A; git commit -qm steps; git push -q' },
        { text: 'Finished.' },
        { text: 'Finished.' },
      ],
      { DOCKER_HOST: proxy.host, CSPACE_SANDBOX_RUNTIME: 'docker' },
    );
    const up = cspace.run(['up', 'mars', '--prompt', 'take two steps'], { cwd });
    const names = async () => (await cspace.run(['ssh', 'mars', '--', 'ls'], { cwd })).stdout;
    await expect.poll(names, { timeout: 60_000 }).toContain('steps.txt');
    await proxy.be('away');
    await proxy.be('there');
    await expect.poll(names, { timeout: 30_000 }).toContain('steps.txt');
    await cspace.killServer();
    const result = await up;
    expect(result.stdout).toContain('Finished.');
    expect(result).toMatchObject({ exitCode: 0 });
    expect(git(cwd, 'show', 'mars:steps.txt')).toBe('one\ntwo');
    await cspace.run(['down', 'mars', '--force'], { cwd });
    expect(left(cspace)).toEqual([]);
  });

  test('doctor names the engine and says that it is usable', async () => {
    const { cspace } = await scene();
    const { stdout } = await cspace.run(['doctor', '--json']);
    const report = JSON.parse(stdout) as { runtimes: { kind: string; usable: boolean }[] };
    expect(report.runtimes).toContainEqual(expect.objectContaining({ kind: 'docker', usable: true }));
  });
});
