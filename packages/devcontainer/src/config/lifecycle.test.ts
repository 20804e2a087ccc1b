import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { argvScript, type Command, scriptOf } from './lifecycle.ts';

function outcome(command: Command) {
  const [script = ''] = scriptOf(command);
  const { status, stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  return { status, stdout };
}

test('argvScript() gives a shell the same words', () => {
  fc.assert(
    fc.property(fc.array(fc.string().filter((word) => !word.includes('\0'))), (words) => {
      const { stdout } = spawnSync('bash', ['-c', argvScript(['printf', '%s\\0', 'first', ...words])], {
        encoding: 'utf8',
      });
      expect(stdout.split('\0')).toEqual(['first', ...words, '']);
    }),
    { numRuns: 15 },
  );
});

test('scriptOf() leaves a text to the shell', () => {
  expect(outcome('X=1; echo "$X" && exit 3')).toEqual({ status: 3, stdout: '1\n' });
});

test('scriptOf() runs an argument array as it is', () => {
  expect(outcome(['echo', '$HOME;', "it's"])).toEqual({ status: 0, stdout: "$HOME; it's\n" });
});

test('scriptOf() runs the commands of an object side by side', () => {
  // Each waits for what the other writes: one after the other would never end.
  const fifo = `d=$(mktemp -d); mkfifo $d/a`;
  const [script = ''] = scriptOf({
    reads: 'read line < "$d/a"; echo "got $line"',
    writes: ['sh', '-c', 'echo it > "$d/a"'],
  });
  const { stdout, status } = spawnSync('timeout', ['10', 'bash', '-c', `${fifo}; export d\n${script}`], {
    encoding: 'utf8',
  });
  expect({ stdout, status }).toEqual({ stdout: 'got it\n', status: 0 });
});

test('scriptOf() fails as the first of an object that failed, after all of them ended', () => {
  expect(outcome({ a: 'true', b: 'exit 3', c: 'sleep 0.1; echo late', d: 'exit 4) # unbalanced (' })).toEqual({
    status: 3,
    stdout: 'late\n',
  });
});

test.for<[Command]>([[''], ['  '], [[]], [{}], [{ a: '' }]])('scriptOf() has nothing to run for %j', ([command]) => {
  expect(scriptOf(command)).toEqual([]);
});
