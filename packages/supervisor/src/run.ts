import { spawn } from 'node:child_process';
import { lastOf } from './shorten.ts';

export type Ran = {
  /** Null when it was ended by a signal. */
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  /** The end of its standard error. */
  readonly stderr: string;
  /** Whether there was more output than asked for; the program was ended then. */
  readonly cut: boolean;
};

const MAX_STDERR = 16 * 1024;

/** Runs a program to its end and gives its output, at most `maxBytes` of it. Rejects only when it cannot be started. */
export function run(
  argv: readonly string[],
  given: {
    readonly cwd: string;
    readonly env: Record<string, string>;
    readonly input?: string;
    readonly maxBytes?: number;
    readonly signal?: AbortSignal;
  },
): Promise<Ran> {
  const [file = '', ...rest] = argv;
  const maxBytes = given.maxBytes ?? 8 * 1024 * 1024;
  return new Promise((resolve, reject) => {
    const child = spawn(file, rest, {
      cwd: given.cwd,
      env: given.env,
      stdio: 'pipe',
      ...(given.signal === undefined ? {} : { signal: given.signal, killSignal: 'SIGKILL' as const }),
    });
    const chunks: Buffer[] = [];
    let size = 0;
    let stderr = '';
    let cut = false;
    child.stdout.on('data', (chunk: Buffer) => {
      if (cut) return;
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size <= maxBytes) return;
      cut = true;
      child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = lastOf(stderr + text, MAX_STDERR);
    });
    child.stdin.on('error', () => {});
    child.stdin.end(given.input ?? '');
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout: Buffer.concat(chunks), stderr, cut }));
  });
}
