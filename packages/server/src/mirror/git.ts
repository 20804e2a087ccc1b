import { spawn } from 'node:child_process';
import { Fault } from '@cspace/domain';
import { cleanGitEnvironment } from './git-environment.ts';
import { withoutSecrets } from './without-secrets.ts';

/** Given to every git: whatever a configuration says, nothing of it is run and nothing is collected. */
const HARDENED = [
  '--no-pager',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'gc.auto=0',
  '-c',
  'maintenance.auto=false',
  '-c',
  'submodule.recurse=false',
] as const;

const MINUTE_MS = 60_000;
const STDERR_BYTES = 64 * 1024;

export type GitRun = {
  readonly signal: AbortSignal;
  readonly gitDirectory?: string;
  readonly cwd?: string;
  /** Absent: the clean one. */
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Past this git is ended, and `truncated` says so. */
  readonly maxOutputBytes?: number;
};

export type GitResult = {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
};

/** Runs git and tells how it ended, whatever the exit code. Faults: `lacking` without git, `unavailable` past its time, `interrupted`. */
export async function tryGit(args: readonly string[], run: GitRun): Promise<GitResult> {
  run.signal.throwIfAborted();
  const timeoutMs = run.timeoutMs ?? 5 * MINUTE_MS;
  const timeout = AbortSignal.timeout(timeoutMs);
  const maxOutputBytes = run.maxOutputBytes ?? 256 * 1024 * 1024;
  const env = { ...(run.env ?? cleanGitEnvironment()), ...(run.gitDirectory && { GIT_DIR: run.gitDirectory }) };
  const child = spawn('git', [...HARDENED, ...args], {
    env,
    ...(run.cwd !== undefined && { cwd: run.cwd }),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const exit = new Promise<number>((resolve, reject) => {
    child.once('error', (cause) => reject(cannotStart(cause, run)));
    child.once('close', (code) => resolve(code ?? -1));
  });
  // One that was not started, as where no descriptor is left, may have no streams.
  if (child.pid === undefined) await exit;
  const end = () => endGroup(child.pid);
  const ended = AbortSignal.any([run.signal, timeout]);
  ended.addEventListener('abort', end, { once: true });
  const out: Buffer[] = [];
  let outBytes = 0;
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (outBytes > maxOutputBytes) return;
    out.push(chunk);
    outBytes += chunk.length;
    if (outBytes > maxOutputBytes) end();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err = (err + text).slice(-STDERR_BYTES);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(run.input ?? '');
  try {
    const exitCode = await exit;
    run.signal.throwIfAborted();
    if (timeout.aborted) {
      throw new Fault('unavailable', `Cannot finish git ${verb(args)}: it took longer than ${timeoutMs / 1000} s`);
    }
    const truncated = outBytes > maxOutputBytes;
    const stdout = Buffer.concat(out).subarray(0, maxOutputBytes).toString('utf8');
    return { exitCode, stdout, stderr: withoutSecrets(err), truncated };
  } finally {
    ended.removeEventListener('abort', end);
  }
}

/** Runs git and returns its standard output. A failure is a `failed` Fault that says what git said. */
export async function git(args: readonly string[], run: GitRun): Promise<string> {
  const result = await tryGit(args, run);
  if (result.exitCode !== 0) {
    throw new Fault('failed', `Cannot run git ${verb(args)}: ${lastWords(result.stderr)}`);
  }
  return result.stdout;
}

/** What git says after every failure to reach a remote; the reason stands before it. */
const BOILERPLATE = /^(hint:|fatal: Could not read from remote|Please make sure you have|and the repository exists)/;

/** What git gave as the reason, in one line. */
export function lastWords(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '' && !BOILERPLATE.test(line));
  const fatal = lines.findLast((line) => /^(fatal|error): /.test(line)) ?? lines.at(-1);
  if (fatal === undefined) return 'git gave no reason';
  return fatal
    .replace(/^(fatal|error): /, '')
    .replace(/\.$/, '')
    .slice(0, 1000);
}

function verb(args: readonly string[]): string {
  return args.find((argument) => /^[a-z]+(-[a-z]+)*$/.test(argument)) ?? '';
}

function cannotStart(cause: NodeJS.ErrnoException, run: GitRun): Error {
  if (cause.code !== 'ENOENT') return new Fault('unavailable', `Cannot run git: ${cause.message}`, { cause });
  if (run.cwd !== undefined) {
    return new Fault('lacking', `Cannot run git: it is not installed, or ${run.cwd} is gone`, { cause });
  }
  return new Fault('lacking', 'Cannot run git: it is not installed', { hint: 'Install git 2.34 or newer', cause });
}

/** Ends git and what it started (a transport, a helper), which share its process group. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
