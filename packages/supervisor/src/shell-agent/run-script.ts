import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endGroup } from '../end-group.ts';

/** How long a cancelled script has to end by itself. */
const GRACE_MS = 2_000;

export type ScriptEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'cancelled' };

/** Runs a text as a bash script, byte for byte, in a process group of its own, with its output as it comes. */
export async function runScript(
  script: string,
  cwd: string,
  output: (text: string) => void,
  signal: AbortSignal,
): Promise<ScriptEnd> {
  const directory = await mkdtemp(join(tmpdir(), 'cspace-script-'));
  const file = join(directory, 'script');
  try {
    await writeFile(file, script);
    return await new Promise((resolve, reject) => {
      const child = spawn('bash', [file], { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      const cancel = () => child.pid !== undefined && endGroup(child.pid, GRACE_MS);
      signal.addEventListener('abort', cancel, { once: true });
      child.stdout.setEncoding('utf8').on('data', output);
      child.stderr.setEncoding('utf8').on('data', output);
      child.once('error', reject);
      child.once('close', (exitCode, ended) => {
        signal.removeEventListener('abort', cancel);
        if (signal.aborted) resolve({ kind: 'cancelled' });
        else if (exitCode !== null) resolve({ kind: 'exited', exitCode });
        else resolve({ kind: 'signalled', signal: ended ?? 'a signal' });
      });
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
