import { spawn } from 'node:child_process';

const GRACE_MS = 5_000;
const MAX_LINE = 10_000;
const MAX_STDOUT_BYTES = 32 * 1024 * 1024;

export type RunOptions = {
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** Each line of standard error. */
  readonly onLine?: (line: string) => void;
};

export type Ran = { readonly exitCode: number; readonly stdout: string };

/**
 * Runs a program by an argument array, in a process group of its own that an abort ends whole. Tells how it ended, whatever the
 * exit code; throws the signal's reason after an abort.
 */
export async function run(file: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  const { env, cwd, signal, onLine } = options;
  signal.throwIfAborted();
  const child = spawn(file, args, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  // One that was not started, as where no descriptor is left, may have no streams.
  if (child.pid === undefined) await exit;
  let kill: NodeJS.Timeout | undefined;
  const end = () => {
    endGroup(child.pid, 'SIGTERM');
    kill = setTimeout(() => endGroup(child.pid, 'SIGKILL'), GRACE_MS);
  };
  signal.addEventListener('abort', end, { once: true });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length < MAX_STDOUT_BYTES) stdout += text;
  });
  if (onLine === undefined) child.stderr.resume();
  else child.stderr.setEncoding('utf8').on('data', lineReader(onLine));
  try {
    const exitCode = await exit;
    signal.throwIfAborted();
    return { exitCode, stdout };
  } finally {
    signal.removeEventListener('abort', end);
    clearTimeout(kill);
    // What is left of the group, when its leader ended first.
    if (signal.aborted) endGroup(child.pid, 'SIGKILL');
  }
}

/** Lines out of pieces; of a longer one than anybody reads, the beginning. */
function lineReader(onLine: (line: string) => void): (piece: string) => void {
  let line = '';
  return (piece) => {
    const [first = '', ...rest] = piece.split('\n');
    line = (line + first).slice(0, MAX_LINE);
    for (const next of rest) {
      onLine(line);
      line = next.slice(0, MAX_LINE);
    }
  };
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It is gone already.
  }
}
