import { enableCompileCache } from 'node:module';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { homePaths } from '@cspace/protocol';

/** The CLI's process: its streams, Ctrl-C, and the exit code. Everything else is in `run`. */
const cwd = standing();
const env = { ...process.env, HOME: home() };
const uid = process.getuid?.() ?? 0;
enableCompileCache(`${homePaths({ env, cwd, uid }).cache}/compiled`);

const cancel = new AbortController();
const cancelled = cancel.signal;
process.on('SIGINT', () => {
  if (cancelled.aborted) process.exit(130);
  end();
});
process.on('SIGTERM', end);
/** Those that were written to: making one takes a millisecond. */
const guarded = new Set<NodeJS.WriteStream>();

/** The stream. What standard output does not take was not told; remarks that nobody hears change nothing. */
function guard(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  if (!guarded.has(stream)) stream.on('error', stream === process.stderr ? () => {} : unheard);
  guarded.add(stream);
  return stream;
}

/** Whoever read it has gone (`| head`): the command ends as SIGPIPE ends others. */
function unheard(error: NodeJS.ErrnoException): never {
  if (error.code === 'EPIPE') process.exit(141);
  process.stderr.write(`Cannot write standard output: ${error.message}\n`);
  process.exit(1);
}

function standing(): string {
  try {
    return process.cwd();
  } catch {
    process.stderr.write('Cannot run cspace: the directory you stand in is gone\n  → cd to one that is there\n');
    process.exit(3);
  }
}

/** The user's home. The server is started with it, and elsewhere: a relative one would be another one there. */
function home(): string {
  if (process.env.HOME) return resolve(cwd, process.env.HOME);
  try {
    return userInfo().homedir;
  } catch {
    // A user that the machine has no entry for.
    return '/';
  }
}

/** Ends what the command waits for, standard input included. */
function end(): void {
  cancel.abort();
  process.stdin.destroy();
}

const { run } = await import('./run.ts');
const exitCode = await run(process.argv.slice(2), {
  env,
  cwd,
  uid,
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return guard(process.stdout);
  },
  get stderr() {
    return guard(process.stderr);
  },
  cancelled,
  nowMs: Date.now,
});
process.exitCode = exitCode;
for (const stream of guarded) await drained(stream);
process.exit(exitCode);

/** Waits until a stream has taken what was written to it, or has said why not. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}
