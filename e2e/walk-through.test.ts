import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { DOCKER, engineProxy, leftInEngine, removeCopies } from './harness/docker.ts';
import { readPng } from './harness/png.ts';
import { product } from './harness/product.ts';
import { git, repository } from './harness/repository.ts';

const run = promisify(execFile);
const PAGE = join(import.meta.dirname, '..', 'docs', 'devcontainers.md');

type Block = { readonly what: string; readonly text: string };

/** The blocks of a page that say what they are: a file by its name, or `run` for commands. */
function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, what = '', text = '']) => ({ what, text }));
}

test.for(['this machine', 'a TCP address'])(
  'the walk-through of docs/devcontainers.md does what it says, with an engine at %s',
  async (where, context) => {
    if (DOCKER.host === '') return context.skip(DOCKER.missing);
    await using cleanup = new AsyncDisposableStack();
    const host = where === 'this machine' ? DOCKER.host : cleanup.use(await engineProxy()).host;
    const cspace = cleanup.use(await product({ DOCKER_HOST: host }));
    const cwd = repository(cspace.home);
    const blocks = blocksOf(readFileSync(PAGE, 'utf8'));
    for (const { what, text } of blocks.filter((block) => block.what !== 'run')) {
      mkdirSync(dirname(join(cwd, what)), { recursive: true });
      writeFileSync(join(cwd, what), text);
    }
    git(cwd, 'add', '-A');
    git(cwd, 'commit', '-qm', 'the notes');
    const env = { ...cspace.env, PATH: `${dirname(cspace.program)}:${cspace.env.PATH}` };
    const said: string[] = [];
    for (const { text } of blocks.filter((block) => block.what === 'run')) {
      const { stdout } = await run('bash', ['-e', '-c', text], { cwd, env, timeout: 150_000 });
      said.push(stdout);
    }
    const [ups = '', ports = '', databases = ''] = said;
    expect(ups.match(/◆ Artifact notes\.png/g)).toHaveLength(2);
    expect(ups).toMatch(/✔ image/);
    expect(ups).toMatch(/✔ services/);
    expect(ports.match(/3000.*the notes.*http:\/\/3000-/g)).toHaveLength(2);
    expect(databases).toMatch(/^Water on Mars\nClouds on Venus\n/);
    expect(databases).toContain('database system is ready to accept connections');
    const pictures = ['mars', 'venus'].map((name) => readPng(readFileSync(join(cwd, 'pictures', name, 'notes.png'))));
    expect(pictures.map((picture) => picture.at(picture.width - 5, picture.height - 5))).toEqual([
      '#e8c0a8',
      '#f0e4b0',
    ]);
    for (const { colours } of pictures) expect(colours.get('#000000')).toBeGreaterThan(100);
    removeCopies(cspace.home);
    expect(leftInEngine(cspace.home)).toEqual([]);
  },
);
