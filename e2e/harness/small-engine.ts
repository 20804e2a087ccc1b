import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { docker } from './docker.ts';

/** Room for an image, and for its archive while it is read. */
const DISK = 'size=2g';
const READY_MS = 60_000;

export type SmallEngine = AsyncDisposable & {
  readonly host: string;
  /** Takes all the room there is, but for so much. */
  fill(leaveBytes: number): void;
  /** Gives it back. */
  empty(): void;
  /** Ends the engine: as a machine's service does, or as a crash does. */
  stop(how: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again over what it had. */
  start(): Promise<void>;
};

/** Why there can be no engine of a test's own here, or undefined. */
export function noSmallEngine(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may mount a small disk and start an engine on it';
  return spawnSync('dockerd', ['--version']).status === 0 ? undefined : 'dockerd is not installed';
}

/** An engine of a test's own on a small disk, with an image of the tests' engine. */
export async function smallEngine(image: string): Promise<SmallEngine> {
  const directory = mkdtempSync(join(tmpdir(), 'cspace-small-'));
  const disk = join(directory, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', DISK, 'tmpfs', disk]);
  const host = `unix://${join(directory, 'docker.sock')}`;
  let daemon: ChildProcess | undefined;
  const start = async () => {
    // One that was killed leaves these, and takes them for a containerd that is still there.
    for (const stale of ['pid', 'exec/containerd/containerd.pid', 'exec/containerd/containerd.sock'])
      rmSync(join(directory, stale), { force: true });
    const started = spawn(
      'dockerd',
      [
        ...['--host', host, '--data-root', join(disk, 'data'), '--exec-root', join(directory, 'exec')],
        ...['--pidfile', join(directory, 'pid'), '--bridge=none', '--iptables=false', '--ip6tables=false'],
      ],
      { stdio: 'ignore' },
    );
    daemon = started;
    const deadline = Date.now() + READY_MS;
    while (spawnSync('docker', ['--host', host, 'version']).status !== 0) {
      if (started.exitCode !== null || Date.now() > deadline) throw new Error('The small engine did not start');
      await sleep(100);
    }
  };
  const stop = async (how: 'SIGTERM' | 'SIGKILL') => {
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = once(daemon, 'exit');
    daemon.kill(how);
    await ended;
  };
  const ballast = join(disk, 'ballast');
  const dispose = async () => {
    await stop('SIGTERM');
    execFileSync('umount', ['-l', disk]);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await start();
    const archive = join(directory, 'image.tar');
    docker('save', '--output', archive, image);
    execFileSync('docker', ['--host', host, 'load', '--quiet', '--input', archive]);
    rmSync(archive);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    host,
    stop,
    start,
    fill(leaveBytes) {
      // Written to the last byte, then cut.
      spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k']);
      truncateSync(ballast, statSync(ballast).size - leaveBytes);
    },
    empty: () => rmSync(ballast, { force: true }),
    [Symbol.asyncDispose]: dispose,
  };
}
