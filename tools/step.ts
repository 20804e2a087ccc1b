import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { RESULTS } from './results.ts';
import { ROOT } from './source-files.ts';

/** One step of the gate or of the tests. */
export type Step = { readonly name: string; run(): Promise<StepResult> };

/** `output`: what a person needs when it failed. */
export type StepResult = { readonly ok: boolean; readonly output: string };

/** A program of `node_modules/.bin`, its output kept; with `live`, shown as it comes too. */
export function runProgram(
  program: string,
  args: readonly string[],
  live = false,
  mostMs = 60 * 60_000,
): Promise<StepResult> {
  const file = join(ROOT, 'node_modules', '.bin', program);
  const env = live ? process.env : { ...process.env, NO_COLOR: '1' };
  const child = spawn(file, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const parts: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part: Buffer) => {
      parts.push(part);
      if (live) process.stderr.write(part);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    // What a test left running may hold the output open for ever: then it has failed, and the rest goes on.
    const timer = setTimeout(() => {
      parts.push(Buffer.from(`\n${program} did not end within ${mostMs / 60_000} minutes\n`));
      child.kill('SIGKILL');
      resolve({ ok: false, output: Buffer.concat(parts).toString() });
    }, mostMs);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ ok: code === 0, output: Buffer.concat(parts).toString() });
    });
  });
}

/** The tests of one vitest project; their JSON report is left in `RESULTS`. */
export function runTests(project: string, live = false): Promise<StepResult> {
  const report = join(RESULTS, `${project}.json`);
  const reporters = ['--reporter=default', '--silent=passed-only', '--reporter=json', `--outputFile.json=${report}`];
  const mostMs = (live ? 40 : 5) * 60_000;
  return runProgram('vitest', ['run', '--project', project, '--passWithNoTests', ...reporters], live, mostMs);
}
