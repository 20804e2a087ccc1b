import { execFile } from 'node:child_process';
import { Fault } from '@cspace/domain';

/** A repository may be anybody's: what its own configuration would run is turned off. */
const HARMLESS = ['core.fsmonitor=false', 'core.hooksPath=/dev/null'].flatMap((each) => ['-c', each]);

/** Runs git in the user's own repository and gives its standard output without the last newline. */
export function git(directory: string, ...argv: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      'git',
      ['-C', directory, ...HARMLESS, ...argv],
      { maxBuffer: 16 * 1024 * 1024 },
      (cause, stdout, stderr) => {
        if (cause === null) {
          resolve(stdout.replace(/\n$/, ''));
          return;
        }
        const missing = cause.code === 'ENOENT';
        const why = missing ? 'git is not installed' : (stderr.trim().split('\n')[0] ?? cause.message);
        reject(new Fault(missing ? 'lacking' : 'failed', `Cannot run git ${argv[0] ?? ''}: ${why}`, { cause }));
      },
    );
  });
}

/** The same, or undefined where git says no. */
export async function gitOrNothing(directory: string, ...argv: readonly string[]): Promise<string | undefined> {
  try {
    return await git(directory, ...argv);
  } catch {
    return undefined;
  }
}
