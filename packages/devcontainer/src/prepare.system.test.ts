// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are variables of devcontainer.json
import { randomUUID } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test as base, expect, type TestContext } from 'vitest';
import { aProject } from './testing/a-project.ts';
import { anEngine, BASE, testHost } from './testing/an-engine.ts';

const { host, why } = testHost();
const never = new AbortController().signal;
const FILE = '.devcontainer/devcontainer.json';
type Files = Parameters<typeof aProject>[0];

/** A test with an engine; every one builds something nobody built before. */
function test(name: string, run: (engine: Awaited<ReturnType<typeof anEngine>>, unique: string) => Promise<void>) {
  base(name, async (context: TestContext) => {
    context.skip(host === undefined, why);
    await using engine = await anEngine(host ?? '');
    await run(engine, randomUUID());
  });
}

async function prepared(engine: Awaited<ReturnType<typeof anEngine>>, files: Files, signal = never) {
  await using project = await aProject(files);
  const lines: string[] = [];
  const found = await engine.prepare({ directory: project.directory, onProgress: (line) => lines.push(line), signal });
  return { ...found, lines };
}

const newIn = (before: readonly string[], after: readonly string[]) => after.filter((each) => !before.includes(each));

const dockerfile = (unique: string, rest = '') => `FROM ${BASE}\nRUN echo ${unique} > /unique\n${rest}`;

test('prepare() makes an image of an image, with comments, commas and variables', async (engine, unique) => {
  const text = `// a comment
  { "image": "${BASE}", /* another */ "remoteUser": "daemon",
    "containerEnv": { "UNIQUE": "${unique}", "W": "\${containerWorkspaceFolder}/a" },
    "remoteEnv": { "PATH": "/a:\${containerEnv:PATH}" },
    "forwardPorts": [3000,], "portsAttributes": { "3000": { "label": "web" } },
    "hostRequirements": { "cpus": 2 }, }`;
  const found = await prepared(engine, { [FILE]: text });
  expect(found).toMatchObject({
    env: { UNIQUE: unique, W: '/workspace/a', PATH: '/a:${containerEnv:PATH}' },
    user: 'daemon',
    setup: [],
    start: [],
    forwardPorts: [{ port: 3000, label: 'web' }],
    services: [],
    remarks: [`hostRequirements of ${FILE}: it is not checked; limits in .cspace.json say what a sandbox gets`],
  });
  expect(engine.says(found.image, 'echo here')).toBe('here');
});

test('prepare() builds a Dockerfile with its arguments, target and user, once', async (engine, unique) => {
  const files = {
    [FILE]: JSON.stringify({
      build: { dockerfile: 'Dockerfile', context: '..', args: { WORD: "it's $X" }, target: 'dev' },
    }),
    '.devcontainer/Dockerfile': dockerfile(
      unique,
      'ARG WORD\nCOPY file /file\nRUN echo "$WORD" > /word\nFROM 0 AS dev\nUSER daemon\nFROM scratch\n',
    )
      .replace('\nRUN', ' AS first\nRUN')
      .replace('FROM 0', 'FROM first'),
    file: 'content',
  };
  const found = await prepared(engine, files);
  expect(engine.says(found.image, 'cat /unique /word /file')).toBe(`${unique}\nit's $X\ncontent`);
  expect(found.user).toBe('daemon');
  expect(found.lines.some((line) => line.startsWith('Step '))).toBe(true);
  const labels = engine.ask('image', 'inspect', '--format', '{{json .Config.Labels}}', found.image);
  expect(JSON.parse(labels)).toMatchObject({ 'cspace.devcontainer': expect.stringMatching(/^[0-9a-f]{64}$/) });

  expect(await prepared(engine, files)).toEqual({ ...found, lines: [] });
  const other = await prepared(engine, { ...files, file: 'changed' });
  expect(other.image).not.toBe(found.image);
});

const feature = (id: string, more: object = {}) => ({
  [`.devcontainer/${id}/devcontainer-feature.json`]: JSON.stringify({
    id,
    version: '1.0.0',
    name: id,
    options: { greeting: { type: 'string', default: 'none' } },
    ...more,
  }),
  [`.devcontainer/${id}/install.sh`]: '#!/bin/sh\necho "$GREETING" > /greeting\n',
});

test('prepare() installs a local feature, and runs its commands before those of the project', async (engine, unique) => {
  const found = await prepared(engine, {
    [FILE]: JSON.stringify({
      image: BASE,
      features: { './hello': { greeting: unique } },
      onCreateCommand: 'echo create',
      updateContentCommand: ['echo', 'a b'],
      postCreateCommand: { one: 'echo 1', two: 'echo 2' },
      postStartCommand: 'echo start',
    }),
    ...feature('hello', {
      containerEnv: { FEATURE: 'yes' },
      postCreateCommand: 'echo feature',
      capAdd: ['SYS_PTRACE'],
    }),
  });
  expect(engine.says(found.image, 'cat /greeting; echo $FEATURE')).toBe(`${unique}\nyes`);
  expect(found.setup.slice(0, 3)).toEqual(['echo create', "echo 'a b'", 'echo feature']);
  expect(found.setup[3]).toContain("bash -c 'echo 1' &");
  expect(found.start).toEqual(['echo start']);
  expect(found.remarks).toEqual([expect.stringContaining('the feature ./hello')]);
});

test('prepare() gives compose services beside the sandbox in the order of their needs', async (engine, unique) => {
  const found = await prepared(engine, {
    [FILE]: JSON.stringify({ dockerComposeFile: 'compose.yml', service: 'app', containerEnv: { B: 'over' } }),
    '.devcontainer/compose.yml': `
services:
  app: { build: { context: .., dockerfile: Dockerfile }, environment: [A=1, B=2], depends_on: [web], volumes: ['..:/workspace:cached'], command: sleep infinity, ports: ['8080:80'] }
  web: { image: ${BASE}, depends_on: { db: { condition: service_healthy } }, command: echo "hello  world" }
  db:
    build: ../db
    environment: { WORD: "\${WORD:-word}" }
    healthcheck: { test: [CMD, test, -f, "/a b"] }
    volumes: ['data:/data']
    expose: [5432]
    command: [--flag]
volumes: { data: {} }
`,
    Dockerfile: dockerfile(unique),
    'db/Dockerfile': `${dockerfile(unique)}ENTRYPOINT ["/bin/echo", "entry"]\n`,
  });
  expect(engine.says(found.image, 'cat /unique')).toBe(unique);
  expect(found).toMatchObject({
    env: { A: '1', B: 'over' },
    forwardPorts: [{ port: 80 }],
    services: [
      {
        name: 'db',
        argv: ['/bin/echo', 'entry', '--flag'],
        env: { WORD: 'word' },
        health: "test -f '/a b'",
        ports: [5432],
        volumes: [{ name: 'data', target: '/data' }],
      },
      { name: 'web', argv: ['echo', 'hello  world'], ports: [] },
    ],
  });
  expect(engine.ask('run', '--rm', found.services[0]?.image ?? '')).toBe('entry');
});

test('prepare() tells the last lines of a build that fails, and leaves nothing behind', async (engine, unique) => {
  const before = await engine.left();
  const files = {
    [FILE]: JSON.stringify({ build: { dockerfile: 'Dockerfile' }, features: { './hello': {} } }),
    '.devcontainer/Dockerfile': dockerfile(unique, 'RUN echo oops; exit 3\n'),
    ...feature('hello'),
  };
  await expect(prepared(engine, files)).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringMatching(/^Cannot build the devcontainer .*; oops; .*returned a non-zero code: 3$/),
  });
  expect(newIn(before, await engine.left())).toEqual([]);
});

test('prepare() ends a build that is aborted, and leaves nothing behind', async (engine, unique) => {
  const before = await engine.left();
  const controller = new AbortController();
  await using project = await aProject({
    [FILE]: JSON.stringify({ build: { dockerfile: 'Dockerfile' } }),
    '.devcontainer/Dockerfile': dockerfile(unique, 'RUN echo sleeping; sleep 600\n'),
  });
  const onProgress = (line: string) =>
    line.includes('sleeping') && !line.startsWith('Step') && controller.abort(new Error('enough'));
  const { directory } = project;
  await expect(engine.prepare({ directory, onProgress, signal: controller.signal })).rejects.toThrow('enough');
  await expect.poll(async () => newIn(before, await engine.left()), { timeout: 20_000 }).toEqual([]);
});

test('prepare() gives nothing of the host to a Dockerfile that copies a link', async (engine, unique) => {
  const files = {
    [FILE]: JSON.stringify({ build: { dockerfile: 'Dockerfile' } }),
    '.devcontainer/Dockerfile': dockerfile(unique, 'COPY link /copied\n'),
  };
  await using secret = await aProject({ secret: 'of the host' });
  const link = { link: join(secret.directory, 'secret') };
  await expect(prepared(engine, { ...files, '.devcontainer/link': link })).rejects.toMatchObject({ code: 'failed' });

  const outside = { [FILE]: files[FILE] ?? '', '.devcontainer/Dockerfile': link };
  await expect(prepared(engine, outside)).rejects.toThrow(
    'Cannot use .devcontainer/Dockerfile: it leads out of the project',
  );
  const ignore = { ...files, '.devcontainer/.dockerignore': { link: '/dev/zero' } };
  await expect(prepared(engine, ignore)).rejects.toThrow(
    'Cannot use .devcontainer/.dockerignore: it leads out of the project',
  );
  const config = { image: BASE, features: { './hello': {} } };
  const inFeature = { [FILE]: JSON.stringify(config), ...feature('hello'), '.devcontainer/hello/secret': link };
  await expect(prepared(engine, inFeature)).rejects.toThrow(
    'Cannot use the feature .devcontainer/hello: secret is a link out of it',
  );
});

test('prepare() builds once for two that ask at once, and both of two different ones', async (engine, unique) => {
  const files = (word: string) => ({
    [FILE]: JSON.stringify({ image: BASE, features: { './hello': { greeting: word } } }),
    ...feature('hello'),
  });
  const asked = [`${unique}-1`, `${unique}-1`, `${unique}-2`];
  const [one, again, other] = await Promise.all(asked.map((word) => prepared(engine, files(word))));
  expect(again?.image).toBe(one?.image);
  // Whoever is first builds, and the other finds it.
  expect([one, again].filter((each) => (each?.lines.length ?? 0) > 0)).toHaveLength(1);
  expect(engine.says(one?.image ?? '', 'cat /greeting')).toBe(`${unique}-1`);
  expect(engine.says(other?.image ?? '', 'cat /greeting')).toBe(`${unique}-2`);
});

test('prepare() refuses a feature that wants a privileged container or files of the host', async (engine) => {
  const config = JSON.stringify({ image: BASE, features: { './hello': {} } });
  const wants = (more: object) => prepared(engine, { [FILE]: config, ...feature('hello', more) });
  await expect(wants({ privileged: true })).rejects.toThrow(
    `Cannot use the feature ./hello of ${FILE}: a privileged container has no walls`,
  );
  const socket = { source: '/var/run/docker.sock', target: '/var/run/docker.sock', type: 'bind' };
  await expect(wants({ mounts: [socket] })).rejects.toThrow(
    `Cannot use the feature ./hello of ${FILE}: it wants files of the host`,
  );
});

test('prepare() names the feature that no registry gives, and the base image that none has', async (engine) => {
  const features = { 'registry.invalid/owner/features/tool:1': {} };
  await expect(prepared(engine, { [FILE]: JSON.stringify({ image: BASE, features }) })).rejects.toThrow(
    'Cannot fetch registry.invalid/owner/features/tool:1: its registry does not give it to this machine',
  );
  await expect(prepared(engine, { [FILE]: '{"image": "registry.invalid/none:1"}' })).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('Cannot find the image registry.invalid/none:1: '),
  });
});

test('prepare() runs nothing of the host, and gives it nothing of its environment', async (engine, unique) => {
  await using trap = await aProject({
    'docker-credential-secret': `#!/bin/sh\ntouch "$(dirname "$0")/ran"\necho '{}'\n`,
  });
  await writeFile(join(trap.directory, 'git'), '#!/bin/sh\ntouch "$(dirname "$0")/ran"\n', { mode: 0o755 });
  const env = { ...process.env, PATH: `${trap.directory}:${process.env.PATH}`, CANARY: unique, GITHUB_TOKEN: unique };
  await using other = await anEngine(host ?? '', env);
  const files = {
    [FILE]: JSON.stringify({ image: BASE, features: { 'ghcr.io/none/none/none:1': {} } }),
    HEAD: 'ref: x',
    'objects/x': '',
    'refs/x': '',
  };
  await expect(prepared(other, files)).rejects.toThrow('Cannot fetch ghcr.io/none/none/none:1');
  const built = await prepared(other, {
    [FILE]: JSON.stringify({ build: { dockerfile: 'Dockerfile' } }),
    '.devcontainer/Dockerfile': dockerfile(randomUUID(), 'RUN env > /environment\n'),
  });
  expect(other.says(built.image, 'cat /environment')).not.toContain(unique);
  expect(engine.ask('image', 'inspect', built.image)).not.toContain(unique);
  expect(await readdir(trap.directory)).not.toContain('ran');
});

test('prepare() does not take an image that another project labelled', async (engine, unique) => {
  const files = (rest: string) => ({
    [FILE]: JSON.stringify({ build: { dockerfile: 'Dockerfile' } }),
    '.devcontainer/Dockerfile': dockerfile(unique, rest),
  });
  const first = await prepared(engine, files(''));
  const key = engine.ask('image', 'inspect', '--format', '{{index .Config.Labels "cspace.devcontainer"}}', first.image);
  engine.ask('image', 'rm', '--force', first.image);
  const evil = await prepared(engine, files(`LABEL cspace.devcontainer=${key}\nRUN echo evil > /evil\n`));
  const second = await prepared(engine, files(''));
  expect(second.image).not.toBe(evil.image);
  expect(engine.says(second.image, 'cat /evil || true')).toBe('');
});

test('prepare() says that the engine does not answer', async () => {
  await using engine = await anEngine('unix:///nowhere/docker.sock');
  await expect(prepared(engine, { [FILE]: `{"image": "${BASE}"}` })).rejects.toMatchObject({ code: 'unavailable' });
});
