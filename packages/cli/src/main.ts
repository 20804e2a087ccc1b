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
  cancel.abort();
});
process.on('SIGTERM', () => cancel.abort());
cancelled.addEventListener('abort', () => process.stdin.destroy());
for (const stream of [process.stdout, process.stderr]) {
  // Whoever read this has gone (`| head`): there is nobody left to tell.
  stream.on('error', () => process.exit(process.exitCode ?? 0));
}

const { run } = await import('./run.ts');
const exitCode = await run(process.argv.slice(2), {
  env,
  cwd,
  uid,
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  cancelled,
  nowMs: Date.now,
});
process.exitCode = exitCode;
await drained(process.stdout);
await drained(process.stderr);
process.exit(exitCode);

/** Waits until a pipe has taken what was written to it. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0) resolve();
    else stream.once('drain', resolve);
  });
}
