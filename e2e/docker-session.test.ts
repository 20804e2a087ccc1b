import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DOCKER, docker, engineProxy, leftInEngine, sandboxesInEngine } from './harness/docker.ts';
import { supervisorPids } from './harness/leftovers.ts';
import { modelScene } from './harness/model-scene.ts';
import { type Product, product } from './harness/product.ts';
import { git, repository } from './harness/repository.ts';

const PUSH = 'echo done > result.txt; git add -A; git commit -qm "a result"; git push -q';
const IMAGE = 'cspace/base:bookworm';

let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(() => cleanup.disposeAsync());

async function scene(host = DOCKER.host): Promise<{ readonly cspace: Product; readonly cwd: string }> {
  const cspace = cleanup.use(await product({ DOCKER_HOST: host, CSPACE_SANDBOX_RUNTIME: 'docker' }));
  return { cspace, cwd: repository(cspace.home) };
}

/** The newest of a product's own; others may use the same engine. */
const container = ({ home }: Product): string => sandboxesInEngine(home)[0] ?? '';

/** Every name below `localhost` is this machine, whatever its resolver knows. */
function get(url: string): Promise<string> {
  const { host, port, pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: pathname, headers: { host }, agent: false }, (response) =>
      resolve(text(response)),
    )
      .once('error', reject)
      .end();
  });
}

describe('a session on Docker', () => {
  if (DOCKER.host === '') {
    test('on Docker', (context) => context.skip(DOCKER.missing));
    return;
  }

  test('delegates a task in a container; the branch comes out, and nothing is left', async () => {
    const { cspace, cwd } = await scene();
    const up = await cspace.run(['up', 'mars', '--agent', 'shell', '--prompt', PUSH], { cwd });
    expect(up).toMatchObject({ exitCode: 0 });
    expect(up.stdout).toContain('· docker');
    expect(git(cwd, 'show', 'mars:result.txt')).toBe('done');
    const [seen] = JSON.parse(docker('inspect', container(cspace)));
    expect(seen.HostConfig).toMatchObject({
      Privileged: false,
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Init: true,
    });
    expect(seen.Config.User).toBe('1000:1000');
    expect(seen.Config.Labels).toMatchObject({
      'dev.cspace.session': expect.stringMatching(/^ses_/),
      'dev.cspace.project': expect.stringMatching(/^prj_/),
    });
    expect(seen.Mounts.map((mount: { Source: string }) => mount.Source.startsWith(cspace.home))).not.toContain(false);
    expect((await cspace.run(['ssh', 'mars', '--', 'id', '-un'], { cwd })).stdout).toBe('agent\n');
    const stopped = await cspace.run(['stop', 'mars'], { cwd });
    expect(stopped).toMatchObject({ exitCode: 0 });
    const again = await cspace.run(['send', 'mars', 'cat result.txt'], { cwd });
    expect(again).toMatchObject({ exitCode: 0 });
    expect(await cspace.run(['down', 'mars', '--force'], { cwd })).toMatchObject({ exitCode: 0 });
    expect(leftInEngine(cspace.home)).toEqual([]);
  });

  test('a project of Node is tested with the Node of its image, and with ours where it has none', async () => {
    const { cspace, cwd } = await scene();
    const manifest = { name: 'a', version: '1.0.0', scripts: { test: 'node --test' } };
    writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(cwd, 'a.test.js'), "require('node:test')('works', () => {});\n");
    git(cwd, 'add', '-A');
    git(cwd, 'commit', '-qm', 'a project of Node');
    const prompt = 'command -v node; npm test';
    const mars = await cspace.run(['up', 'mars', '--agent', 'shell', '--prompt', prompt], { cwd });
    expect(mars.stdout).toContain('/opt/cspace/bin/node');
    expect(mars.stdout).toMatch(/pass 1/);
    expect(mars).toMatchObject({ exitCode: 0 });
    mkdirSync(join(cwd, '.devcontainer'));
    const dockerfile = `FROM ${IMAGE}\nRUN printf '#!/bin/sh\\necho its own\\n' >/usr/local/bin/node && chmod 755 /usr/local/bin/node\n`;
    writeFileSync(join(cwd, '.devcontainer', 'Dockerfile'), dockerfile);
    writeFileSync(join(cwd, '.devcontainer', 'devcontainer.json'), '{"build":{"dockerfile":"Dockerfile"}}');
    git(cwd, 'add', '-A');
    git(cwd, 'commit', '-qm', 'a devcontainer with a node');
    const venus = await cspace.run(['up', 'venus', '--agent', 'shell', '--prompt', 'node --version'], { cwd });
    expect(venus.stdout).toContain('its own');
    expect(venus).toMatchObject({ exitCode: 0 });
  });

  test('Claude Code works there as it does anywhere, and goes on after each part is killed', async () => {
    const { cspace, cwd } = await modelScene(
      cleanup,
      () => [
        { text: 'Starting. ', run: 'echo one >> steps.txt; sleep 4' },
        { run: 'echo two >> steps.txt; git add -A; git commit -qm steps; git push -q' },
        { text: 'Finished.' },
        { text: 'Finished.' },
      ],
      { DOCKER_HOST: DOCKER.host, CSPACE_SANDBOX_RUNTIME: 'docker' },
    );
    const up = cspace.run(['up', 'mars', '--prompt', 'take two steps'], { cwd });
    const names = async () => (await cspace.run(['ssh', 'mars', '--', 'ls'], { cwd })).stdout;
    await expect.poll(names, { timeout: 60_000 }).toContain('steps.txt');
    await cspace.killServer();
    const [supervisor = 0] = supervisorPids(cspace.home);
    process.kill(supervisor, 'SIGKILL');
    const result = await up;
    expect(result.stdout).toContain('Finished.');
    expect(result).toMatchObject({ exitCode: 0 });
    expect(git(cwd, 'show', 'mars:steps.txt')).toBe('one\ntwo');
    await cspace.run(['down', 'mars', '--force'], { cwd });
    expect(leftInEngine(cspace.home)).toEqual([]);
  });

  test('a container that somebody kills or removes: the files stay while there are any, and the next prompt works', async () => {
    const { cspace, cwd } = await scene();
    await cspace.run(['up', 'mars', '--agent', 'shell', '--prompt', 'echo kept > ~/kept'], { cwd });
    docker('kill', container(cspace));
    const kept = await cspace.run(['up', 'mars', '--prompt', 'cat ~/kept'], { cwd });
    expect(kept).toMatchObject({ exitCode: 0 });
    expect(kept.stdout).toContain('kept');
    docker('rm', '-f', container(cspace));
    const fresh = await cspace.run(['up', 'mars', '--prompt', 'ls ~ | wc -l; git log --oneline | wc -l'], { cwd });
    expect(fresh).toMatchObject({ exitCode: 0 });
  });

  test('an engine that goes away or hangs: what runs goes on, and what needs it says so', async () => {
    const proxy = cleanup.use(await engineProxy(`/tmp/cspace-engine-${process.pid}.sock`));
    const { cspace, cwd } = await scene(proxy.host);
    await cspace.run(['up', 'mars', '--agent', 'shell', '--prompt', 'true'], { cwd });
    for (const how of ['away', 'hung'] as const) {
      await proxy.be(how);
      const during = await cspace.run(['up', 'mars', '--prompt', `echo ${how}`], { cwd });
      expect(during).toMatchObject({ exitCode: 0 });
      expect(during.stdout).toContain(how);
      await proxy.be('there');
    }
    await proxy.be('away');
    const venus = await cspace.run(['up', 'venus', '--agent', 'shell', '--prompt', 'true'], { cwd });
    expect(venus.exitCode).not.toBe(0);
    expect(venus.stdout + venus.stderr).toMatch(/the Docker engine at .* does not answer/);
    await proxy.be('there');
    expect(await cspace.run(['down', '--all', '--force', '--yes'], { cwd })).toMatchObject({ exitCode: 0 });
    await expect.poll(() => leftInEngine(cspace.home), { timeout: 20_000 }).toEqual([]);
  });

  test('bad input gets a sentence, a hint and the right exit code, and nothing is left', async () => {
    const { cspace, cwd } = await scene();
    const configured = async (config: unknown, name: string) => {
      writeFileSync(join(cwd, '.cspace.local.json'), JSON.stringify(config));
      const result = await cspace.run(['up', name, '--agent', 'shell', '--prompt', 'true'], { cwd });
      return { exitCode: result.exitCode, text: result.stdout + result.stderr };
    };
    expect(await configured({ sandbox: { image: 'cspace-test/nobody-has-this:1' } }, 'one')).toMatchObject({
      exitCode: 1,
      text: expect.stringMatching(/Cannot find the image cspace-test\/nobody-has-this:1: .*\n/),
    });
    expect(await configured({ sandbox: { image: 'cspace/postgres:bookworm' } }, 'two')).toMatchObject({
      exitCode: 1,
      text: expect.stringContaining('it has no git'),
    });
    const broken = { image: IMAGE, command: 'echo the last words; exit 3' };
    expect(await configured({ services: { db: broken } }, 'three')).toMatchObject({
      exitCode: 1,
      text: expect.stringMatching(/service db.*exit.* code 3: the last words/),
    });
    await cspace.run(['down', '--all', '--force', '--yes'], { cwd });
    expect(leftInEngine(cspace.home)).toEqual([]);
  });

  test('ten sessions listen on the same port, each at its own URL', async () => {
    const { cspace, cwd } = await scene();
    const serve = (name: string) =>
      `setsid node -e 'require("http").createServer((q,s)=>s.end("${name}")).listen(3000)' >/dev/null 2>&1 &
      until (: </dev/tcp/127.0.0.1/3000) 2>/dev/null; do sleep 0.1; done`;
    const names = Array.from({ length: 10 }, (_, at) => `box-${at}`);
    const ups = names.map((name) => cspace.run(['up', name, '--agent', 'shell', '--prompt', serve(name)], { cwd }));
    expect((await Promise.all(ups)).map(({ exitCode }) => exitCode)).toEqual(names.map(() => 0));
    for (const name of names) {
      const ports = await cspace.json<{ port: number; url: string }[]>(['ports', name, '--json'], { cwd });
      const url = ports.find(({ port }) => port === 3000)?.url ?? '';
      expect(await get(url)).toBe(name);
    }
    await cspace.run(['down', '--all', '--force', '--yes'], { cwd });
    expect(leftInEngine(cspace.home)).toEqual([]);
  });
});
