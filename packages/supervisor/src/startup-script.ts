import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Fault } from '@cspace/domain';
import { signalGroup } from './end-group.ts';
import { lastOf } from './shorten.ts';

const MAX_SAID = 1000;

/**
 * Runs a script of the project's configuration to its own end. What it leaves running, a server of the project perhaps, goes
 * on. All it says is in the log; a failure is a Fault with the last of it.
 */
export async function startupScript(
  script: string,
  given: {
    /** The configuration's key, for the error. */
    readonly key: string;
    readonly cwd: string;
    readonly env: Record<string, string>;
    readonly log: string;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const log = openSync(given.log, 'w', 0o600);
  const end = await new Promise<string | undefined>((resolve) => {
    const child = spawn('bash', ['-c', script], {
      cwd: given.cwd,
      env: given.env,
      detached: true,
      stdio: ['ignore', log, log],
    });
    const aborted = () => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL');
    given.signal.addEventListener('abort', aborted, { once: true });
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (exitCode, signal) => {
      given.signal.removeEventListener('abort', aborted);
      if (exitCode === 0) resolve(undefined);
      else resolve(exitCode === null ? `it was ended by ${signal}` : `it exited with code ${exitCode}`);
    });
  });
  closeSync(log);
  if (end === undefined) return;
  const said = lastOf((await readFile(given.log, 'utf8').catch(() => '')).trim(), MAX_SAID);
  const last = said.split('\n').slice(-5).join('; ');
  throw new Fault('failed', `Cannot run ${given.key}: ${end}${last === '' ? '' : `: ${last}`}`, {
    hint: `All it said is in ${given.log}, in the sandbox`,
  });
}
