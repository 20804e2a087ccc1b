import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KEY, modelScene } from './harness/model-scene.ts';

let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(async () => {
  await cleanup.disposeAsync();
});

/** What is the same of the key wherever it stands in a text that is put into base64. */
const NEEDLES = [0, 1, 2].map((offset) =>
  Buffer.from(`${'#'.repeat(offset)}${KEY}`)
    .toString('base64')
    .slice(4, -4),
);
const ALL = [KEY, KEY.slice(4), ...NEEDLES];

/**
 * Looks for the key through everything a process inside can read, and for its sandbox's own signs of life. The key is
 * given backwards, so that the search does not find itself.
 */
const SEARCH = `
const fs = require('node:fs'), path = require('node:path');
const needles = ${JSON.stringify(ALL.map((each) => [...each].reverse().join('')))}.map((each) => [...each].reverse().join(''));
let files = 0;
const look = (file) => {
  try {
    const text = fs.readFileSync(file, 'latin1');
    files += 1;
    if (needles.some((needle) => text.includes(needle))) console.log('FOUND ' + file);
  } catch {}
};
const walk = (at) => {
  let entries = [];
  try { entries = fs.readdirSync(at, { withFileTypes: true }); } catch {}
  for (const entry of entries) {
    const file = path.join(at, entry.name);
    if (entry.isDirectory() && !/^\\/(proc|sys|dev|usr)$|^\\/opt\\/cspace\\/(node|agents|lib)/.test(file)) walk(file);
    else if (entry.isFile() && fs.statSync(file, { throwIfNoEntry: false })?.size < 8e6) look(file);
  }
};
walk('/');
for (const pid of fs.readdirSync('/proc').filter((name) => Number(name) > 0))
  for (const name of ['environ', 'cmdline', 'mountinfo', 'maps']) look('/proc/' + pid + '/' + name);
console.log('SEARCHED ' + (files > 100));
`;

test('a key put in at the server is nowhere inside, in no event, no output and no file of the server', async () => {
  const spoken = `The key is ${KEY}, in base64 ${Buffer.from(KEY).toString('base64')} and ${Buffer.from(`x:${KEY}`).toString('base64')}.`;
  const { cspace, cwd } = await modelScene(cleanup, () => [
    {
      text: spoken,
      chunkChars: 1000,
      writeBytes: 5,
      run: `echo '${spoken}' > said.txt; env; git config --list --show-origin; cat said.txt`,
    },
    {
      thinking: spoken,
      text: 'Then I',
      chunkChars: 1000,
      writeBytes: 7,
      run: 'cat said.txt; git add -A; git commit -qm "said"; git push -q',
    },
    { fail: { status: 400, message: spoken, shouldRetry: false } },
  ]);
  const outputs: string[] = [];
  const run = async (...args: readonly string[]) => {
    const { stdout, stderr } = await cspace.run(args, { cwd });
    outputs.push(stdout, stderr);
    return stdout;
  };
  await run('up', 'mars', '--prompt', 'say what you know');
  const found = await run('ssh', 'mars', '--', 'node', '-e', SEARCH);
  expect(found).toBe('SEARCHED true\n');
  await run('up', 'venus', '--agent', 'shell', '--prompt', `node -e '${SEARCH.replaceAll("'", `'"'"'`)}'`);
  for (const name of ['mars', 'venus']) {
    await run('logs', name);
    await run('logs', name, '--json');
    await run('diff', name);
    await run('agent-status', name);
  }
  await run('list', '--json');
  await run('agents', '--json');
  await run('doctor', '--json');
  await run('config', '--json');
  await run('up', 'mars', '--model', 'none', '--prompt', 'fail', '--debug');
  outputs.push(await cspace.serverLog());
  for (const needle of ALL) expect(outputs.join('\n')).not.toContain(needle);
  expect(outputs.join('\n')).toContain('*'.repeat(KEY.length));
  await run('serve', '--stop');
  expect(holding(join(cspace.home, 'cspace'))).toEqual([]);
});

/** The files below a directory that hold the key. */
function holding(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('/toolbox/'))
    .filter((path) => {
      const text = readFileSync(path, 'latin1');
      return ALL.some((needle) => text.includes(needle));
    });
}
