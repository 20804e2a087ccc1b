import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Fault, type SandboxCommand, type SandboxId } from '@cspace/domain';
import { checkCommand } from './check-spec.ts';
import type { Context } from './context.ts';
import { withdrawJob, writeJob } from './job.ts';
import { sandboxPaths } from './paths.ts';
import { signalProcess } from './process.ts';
import { sandboxRecord } from './sandbox-record.ts';
import { stopSandbox } from './stop.ts';

/** Ends the former run, then starts the launcher and waits until the command's process exists. */
export async function startSandbox(
  context: Context,
  id: SandboxId,
  command: SandboxCommand,
  signal: AbortSignal,
): Promise<void> {
  const { directory } = context;
  const [record, machine, base] = await Promise.all([sandboxRecord(directory, id), context.machine(), context.base()]);
  if (record === undefined) throw new Fault('not-found', `Cannot start ${id}: there is no such sandbox`);
  checkCommand(record.spec, command);
  const paths = sandboxPaths(directory, id);
  // In this order: a launcher that has begun by now is in the record that stopping reads.
  await withdrawJob(paths);
  await stopSandbox(context, id, 0, signal);
  const [cgroup] = await Promise.all([
    machine.cgroups?.prepare(id, record.spec.limits),
    ...[paths.run, paths.end, paths.limit].map((path) => rm(path, { force: true })),
  ]);
  const startedAtMs = context.clock();
  const { bwrap, perl, bootId, seccomp } = machine;
  if (bwrap === undefined || perl === undefined) throw notInstalled(id, bwrap === undefined ? 'bubblewrap' : 'perl');
  const job = await writeJob({ directory, bwrap, seccomp, bootId, base, cgroup, record, command, startedAtMs });
  signal.throwIfAborted();
  try {
    await launch(perl, [machine.launcher, job], id, signal);
  } catch (error) {
    await stopSandbox(context, id, 0, new AbortController().signal);
    await Promise.all([paths.run, paths.end].map((path) => rm(path, { force: true })));
    throw error;
  }
}

async function launch(perl: string, args: readonly string[], id: SandboxId, signal: AbortSignal): Promise<void> {
  // A session of its own, and nothing of ours held open: it stays when we go.
  const child = spawn(perl, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  const abort = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      signalProcess(-child.pid, 'SIGKILL');
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    const answer = await answerOf(child, child.stdout, id);
    signal.throwIfAborted();
    if (answer === 'ready') return;
    throw startFault(id, answer);
  } finally {
    signal.removeEventListener('abort', abort);
    child.stdout.destroy();
    child.unref();
  }
}

async function answerOf(child: ChildProcess, output: Readable, id: SandboxId): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('error', (cause) => reject(new Fault('failed', `Cannot start ${id}: ${cause.message}`, { cause })));
    output.setEncoding('utf8');
    output.on('data', (part: string) => {
      text += part;
      if (text === 'ready\n') resolve('ready');
    });
    output.once('close', () => resolve(text.trim()));
  });
}

function notInstalled(id: SandboxId, program: string): Fault {
  return new Fault('lacking', `Cannot start ${id}: ${program} is not installed`, {
    hint: `Install it: apt-get install ${program}`,
  });
}

/** What the launcher and bubblewrap say when the machine does not let them. */
const LACKING =
  /cannot (make|map|mount|open the root)|creating new namespace|No permissions to create|setting up uid map|Can't mount proc|cannot run/i;

function startFault(id: SandboxId, answer: string): Fault {
  const why =
    answer
      .replace(/^failed\s*/, '')
      .replace(/^launcher: /, '')
      .split('\n')[0] ?? '';
  if (LACKING.test(why)) {
    return new Fault('lacking', `Cannot start ${id}: ${why}`, {
      hint: 'Run cspace doctor: it says what this machine lacks',
    });
  }
  return new Fault('failed', `Cannot start ${id}: ${why || 'its launcher was killed'}`);
}
