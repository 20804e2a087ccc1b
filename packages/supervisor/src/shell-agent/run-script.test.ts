import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { runScript } from './run-script.ts';

async function run(script: string, signal = new AbortController().signal) {
  let output = '';
  const end = await runScript(script, tmpdir(), (text) => (output += text), signal);
  return { end, output };
}

test('runScript() runs the text byte for byte and gives its output and exit code', async () => {
  const torture = `$HOME \`id\` "q" \\n ☃ 🦄 !! $(id)`;
  const { end, output } = await run(`cat <<'END'\n${torture}\nEND\necho no >&2\nexit 3\n`);
  expect(end).toEqual({ kind: 'exited', exitCode: 3 });
  expect(output).toContain(`${torture}\n`);
  expect(output).toContain('no\n');
});

test('runScript() a command that reads standard input does not eat the script', async () => {
  expect((await run('cat\necho after')).output).toBe('after\n');
});

test('runScript() ends the whole process group when it is cancelled', async () => {
  const cancelled = new AbortController();
  setTimeout(() => cancelled.abort(), 200);
  const { end } = await run('sleep 600 & sleep 600; echo never', cancelled.signal);
  expect(end).toEqual({ kind: 'cancelled' });
});
