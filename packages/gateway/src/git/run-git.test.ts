import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** What a process does that can open no more files. */
const SCRIPT = `
import { openSync } from 'node:fs';
import { runGit } from ${JSON.stringify(join(import.meta.dirname, 'run-git.ts'))};
const signal = new AbortController().signal;
const run = async () => runGit(['--version'], { repository: '/', signal });
await run();
try { for (;;) openSync('/dev/null', 'r'); } catch {}
const met = await run().then(() => 'nothing', ({ code }) => code);
setTimeout(() => console.log(met, 'and lives'), 20);
`;

test('runGit() of a server that has no descriptor left is a fault, and the server lives on', () => {
  const node = [process.execPath, '--input-type=module', '--eval', SCRIPT];
  const { stdout, stderr } = spawnSync('sh', ['-c', 'ulimit -n 100; exec "$0" "$@"', ...node], { encoding: 'utf8' });
  expect(stdout, stderr).toBe('unavailable and lives\n');
});
