import { execFile } from 'node:child_process';
import { join } from 'node:path';

export type Tested = { readonly passed: boolean; readonly lines: readonly string[] };

/** Runs the sample's own test. It is a program of ours, in a directory of ours. */
export function runTest(directory: string): Promise<Tested> {
  return new Promise((resolve) => {
    execFile(join(directory, 'test.sh'), { cwd: directory, timeout: 10_000 }, (error, stdout, stderr) => {
      const lines = `${stdout}${stderr}`.trimEnd().split('\n');
      resolve({ passed: error === null, lines });
    });
  });
}
