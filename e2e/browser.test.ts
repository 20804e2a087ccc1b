import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ReplyInput, startScriptedModel } from '@cspace/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KEY } from './harness/model-scene.ts';
import { type Picture, readPng } from './harness/png.ts';
import { product } from './harness/product.ts';
import { repository } from './harness/repository.ts';

let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(async () => {
  await cleanup.disposeAsync();
});

const RED = '#c01020';
const BLUE = '#1030b0';
const PORT = 5173;
const PAGE = `http://127.0.0.1:${PORT}/`;
/** A project whose dev server shows one colour, all over the page. */
const PROJECT = {
  'package.json': JSON.stringify({ name: 'colours', type: 'module', scripts: { dev: 'node server.js' } }),
  'server.js': `import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
createServer((request, response) => {
  const colour = readFileSync('colour.txt', 'utf8').trim();
  response.setHeader('content-type', 'text/html');
  response.end('<title>colours</title><body style="margin:0;background:' + colour + '"><h1 style="color:white">Hello</h1>');
}).listen(${PORT}, '127.0.0.1');
`,
  'colour.txt': '#ffffff\n',
  '.cspace.json': JSON.stringify({ sandbox: { browser: true } }),
};

const browser = (name: string, input: Record<string, unknown>) => ({ tool: { name: `mcp__browser__${name}`, input } });
const showing = (task: string, colour: string): readonly ReplyInput[] =>
  [
    { run: `echo '${colour}' > colour.txt; (npm run dev > /tmp/dev.log 2>&1 &); sleep 2; curl -s ${PAGE}` },
    browser('browser_navigate', { url: PAGE }),
    browser('browser_take_screenshot', { type: 'png' }),
    { text: `I have looked at ${colour}.` },
  ].map((reply) => ({ when: task, ...reply }));

async function scene(replies: readonly ReplyInput[]) {
  const model = cleanup.use(await startScriptedModel({ replies: [...replies], walk: 'turn' }));
  const cspace = cleanup.use(await product({ ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: model.url }));
  const cwd = repository(mkdtempSync(join(tmpdir(), 'cspace-project-')), PROJECT);
  return { model, cspace, cwd };
}

test('two sessions look at their own page with browsers of their own; a denied host stays out of reach', async () => {
  const { model, cspace, cwd } = await scene([
    ...showing('the red one', RED),
    ...showing('the blue one', BLUE),
    { when: 'far away', ...browser('browser_navigate', { url: 'https://denied.example/' }) },
    { when: 'far away', text: 'It did not open.' },
  ]);
  expect(await cspace.run(['warm', 'mars', 'venus'], { cwd })).toMatchObject({ exitCode: 0 });
  expect(browsers(cspace.home)).toEqual([]);
  const [red, blue] = await Promise.all([
    cspace.run(['up', 'mars', '--prompt', 'show me the red one'], { cwd }),
    cspace.run(['up', 'venus', '--prompt', 'show me the blue one'], { cwd }),
  ]);
  expect(red).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('◆ Artifact page-') });
  expect(blue).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('◆ Artifact page-') });
  const pictures = await Promise.all(['mars', 'venus'].map((name) => pictureOf(name)));
  expect(pictures.map(mostOf)).toEqual([RED, BLUE]);
  for (const { width, height, colours } of pictures) {
    expect([width, height]).toEqual([expect.toSatisfy((it) => it >= 800), expect.toSatisfy((it) => it >= 400)]);
    // The heading: white letters.
    expect(colours.get('#ffffff')).toBeGreaterThan(100);
  }
  expect(browsers(cspace.home).length).toBeGreaterThan(1);

  const far = await cspace.run(['up', 'mars', '--prompt', 'look far away'], { cwd });
  expect(far.stdout).toContain('Denied denied.example:443');
  expect(model.conversation().at(-1)?.body.toString()).toContain('ERR_TUNNEL_CONNECTION_FAILED');

  await Promise.all(['mars', 'venus'].map((name) => cspace.run(['stop', name], { cwd })));
  expect(browsers(cspace.home)).toEqual([]);
  expect(await cspace.run(['down', 'mars', '--force', '--yes'], { cwd })).toMatchObject({ exitCode: 0 });
  expect(mostOf(await pictureOf('mars'))).toBe(RED);

  async function pictureOf(name: string): Promise<Picture> {
    const to = join(cspace.home, `pictures-${name}-${readdirSync(cspace.home).length}`);
    const [path] = await cspace.json<string[]>(['artifacts', name, '--get', '*.png', '--to', to, '--json'], { cwd });
    return readPng(readFileSync(path ?? ''));
  }
});

function mostOf({ colours }: Picture): string | undefined {
  return [...colours].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

/** The processes of Chromium in the sandboxes of a home, on the host's count. */
function browsers(home: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/exe`))
    .filter((pid) => textOf(`/proc/${pid}/cmdline`).includes('/state/cspace/browser'))
    .filter((pid) => textOf(`/proc/${pid}/mountinfo`).includes(`${home}/`))
    .map(Number);
}

/** Empty for a process that ends meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
