import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { Fault } from '@cspace/domain';

/**
 * Git as the gateway runs it, on the server's own bare repositories only. What a sandbox sent decides how much work it is,
 * so every allocation is bounded (`GIT_ALLOC_LIMIT`) and every program has an end (`signal`).
 */
export type GitOptions = {
  readonly repository: string;
  readonly signal: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
};

const HARDENED = [
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'gc.auto=0',
  '-c',
  'maintenance.auto=false',
  '-c',
  'core.bigFileThreshold=64m',
  '-c',
  'core.deltaBaseCacheLimit=64m',
  '-c',
  'pack.threads=2',
  '-c',
  'pack.windowMemory=128m',
] as const;

const STDERR_BYTES = 16 * 1024;

export type GitProgram = ChildProcessByStdio<Writable, Readable, Readable>;
export type GitEnd = { readonly exitCode: number; readonly stderr: string };

/** Starts git. It is killed when the signal aborts. `ended` resolves when it is gone; Fault `lacking` when it is not installed. Throws `unavailable` where nothing can be started now. */
export function startGit(
  args: readonly string[],
  options: GitOptions,
): { readonly program: GitProgram; readonly ended: Promise<GitEnd> } {
  const program = spawn('git', [...HARDENED, ...args], {
    env: {
      PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
      HOME: '/dev/null',
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_NO_LAZY_FETCH: '1',
      GIT_ALLOW_PROTOCOL: '',
      GIT_ALLOC_LIMIT: String(768 * 1024 * 1024),
      ...options.env,
      GIT_DIR: options.repository,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  program.on('error', () => {});
  // Where no descriptor is left it has no streams either.
  if (program.pid === undefined && program.stdin === undefined) {
    throw new Fault('unavailable', 'Cannot run git on the server: too much is open there', { hint: 'Try again' });
  }
  const kill = () => killGroup(program.pid);
  if (options.signal.aborted) kill();
  options.signal.addEventListener('abort', kill, { once: true });
  let stderr = '';
  program.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_BYTES);
  });
  program.stdin.on('error', () => {});
  const ended = new Promise<GitEnd>((resolve, reject) => {
    program.once('error', (cause) => reject(new Fault('lacking', 'Cannot run git on the server', { cause })));
    program.once('close', (code) => resolve({ exitCode: code ?? -1, stderr }));
  }).finally(() => options.signal.removeEventListener('abort', kill));
  ended.catch(() => {});
  return { program, ended };
}

/** Runs git on a little input for a little output (at most `maxOutputBytes`, 16 MiB). */
export async function runGit(
  args: readonly string[],
  options: GitOptions & { readonly input?: string; readonly maxOutputBytes?: number },
): Promise<GitEnd & { readonly stdout: string }> {
  const maxOutputBytes = options.maxOutputBytes ?? 16 * 1024 * 1024;
  const { program, ended } = startGit(args, options);
  const chunks: Buffer[] = [];
  let size = 0;
  program.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxOutputBytes) chunks.push(chunk);
    else killGroup(program.pid);
  });
  program.stdin.end(options.input ?? '');
  const end = await ended;
  options.signal.throwIfAborted();
  if (size > maxOutputBytes) throw new Fault('limit', 'Cannot look at the push: there is too much of it');
  return { ...end, stdout: Buffer.concat(chunks).toString('utf8') };
}

/** The last thing git said that is a reason. */
export function reasonOf(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const told = lines.find((line) => /^(fatal|error): /.test(line)) ?? lines.at(-1) ?? 'git gave no reason';
  return told.replace(/^(fatal|error): /, '').slice(0, 500);
}

/** Ends git and the programs it started, which share its process group. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
