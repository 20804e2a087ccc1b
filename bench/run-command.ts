import { spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
/** The Node that the product brings, and the product. */
export const NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node');
export const CSPACE = join(ROOT, 'bin', 'cspace');

/** Runs a command to its end and drops what it prints; throws with its last words when it fails. */
export function runCommand(
  [program, ...args]: readonly [string, ...string[]],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(undefined);
      else reject(new Error(`${program} ${args.join(' ')} exited ${code}: ${errors.trim().slice(-500)}`));
    });
  });
}
