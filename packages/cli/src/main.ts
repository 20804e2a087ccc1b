import { enableCompileCache } from 'node:module';
import { homePaths } from '@cspace/protocol';

/** The CLI's process: its streams, Ctrl-C, and the exit code. Everything else is in `run`. */
const { env } = process;
const cwd = process.cwd();
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

/** The stream; when whoever read it has gone (`| head`), there is nobody left to tell. */
function guard(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  if (!guarded.has(stream)) stream.on('error', () => process.exit(process.exitCode ?? 0));
  guarded.add(stream);
  return stream;
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

/** Waits until a pipe has taken what was written to it. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0) resolve();
    else stream.once('drain', resolve);
  });
}
