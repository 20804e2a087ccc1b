import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive } from '../../packages/cli/src/server/is-alive.ts';
import { supervisorPids } from './leftovers.ts';

export { isAlive };

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const CLI = join(ROOT, 'bin', 'cspace');

export type Result = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/**
 * The product as a user has it: the built CLI, a home of its own, and whatever server the CLI starts. Disposing it removes
 * every session, ends the server and takes the home away.
 */
export type Product = AsyncDisposable & {
  readonly home: string;
  /** The CLI's program. */
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<Result>;
  /** Runs a command that must succeed, and gives what it printed as JSON. */
  json<T>(args: readonly string[], options?: RunOptions): Promise<T>;
  /** Starts a command and leaves it running. */
  start(args: readonly string[], options?: RunOptions): ChildProcess;
  /** The process id of the server. */
  serverPid(): Promise<number>;
  /** `kill -9` of the server; resolves when it is gone. */
  killServer(): Promise<void>;
  /** `kill -9` of one of the product's processes; nothing happens when there is none of that kind. */
  kill(victim: 'server' | 'supervisor' | 'agent' | 'cli', cli: ChildProcess): Promise<void>;
  serverLog(): Promise<string>;
};

export type RunOptions = {
  readonly cwd?: string;
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
};

/** A fresh product. `env` is added to what its server and commands see; nothing of the caller's keys is. */
export async function product(env: Readonly<Record<string, string>> = {}): Promise<Product> {
  const home = await mkdtemp(join(tmpdir(), 'cspace-e2e-'));
  const all: Record<string, string> = {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: home,
    LANG: 'C.UTF-8',
    USER: 'tester',
    CI: 'true',
    CSPACE_HOME: join(home, 'cspace'),
    GIT_AUTHOR_NAME: 'Test Person',
    GIT_AUTHOR_EMAIL: 'test@example.invalid',
    GIT_COMMITTER_NAME: 'Test Person',
    GIT_COMMITTER_EMAIL: 'test@example.invalid',
    ...env,
  };

  const start = (args: readonly string[], options: RunOptions = {}): ChildProcess =>
    spawn(CLI, [...args], {
      cwd: options.cwd ?? home,
      env: { ...all, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });

  const run = (args: readonly string[], options: RunOptions = {}): Promise<Result> =>
    new Promise((resolve, reject) => {
      const child = start(args, options);
      let stdout = '';
      let stderr = '';
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(options.input ?? '');
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`cspace ${args.join(' ')} did not end\n${stdout}\n${stderr}`));
      }, options.timeoutMs ?? 120_000);
      child.on('error', reject);
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        resolve({ exitCode: code ?? (signal === 'SIGKILL' ? 137 : 1), stdout, stderr });
      });
    });

  const json = async <T>(args: readonly string[], options: RunOptions = {}): Promise<T> => {
    const result = await run(args, options);
    if (result.exitCode !== 0) {
      throw new Error(`cspace ${args.join(' ')} exited ${result.exitCode}\n${result.stdout}\n${result.stderr}`);
    }
    return JSON.parse(result.stdout) as T;
  };

  const serverPid = async () => {
    const doctor = JSON.parse((await run(['serve', '--status', '--json'])).stdout) as { pid: number };
    return doctor.pid;
  };

  const killServer = async () => {
    const pid = await serverPid();
    process.kill(pid, 'SIGKILL');
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  return {
    home,
    program: CLI,
    env: all,
    run,
    json,
    start,
    serverPid,
    killServer,
    async kill(victim, cli) {
      if (victim === 'cli') cli.kill('SIGKILL');
      if (victim === 'server') await killServer().catch(() => undefined);
      const [supervisor] = supervisorPids(home);
      if (supervisor === undefined) return;
      if (victim === 'supervisor') killNow(supervisor);
      if (victim === 'agent') for (const pid of childrenOf(supervisor)) killNow(pid);
    },
    serverLog: () => readFile(join(home, 'cspace', 'server.log'), 'utf8').catch(() => ''),
    async [Symbol.asyncDispose]() {
      await run(['down', '--everywhere', '--force', '--yes']).catch(() => undefined);
      await run(['serve', '--stop']).catch(() => undefined);
      await rm(home, { recursive: true, force: true });
    },
  };
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
