import { execFile } from 'node:child_process';
import { statfs, writeFile } from 'node:fs/promises';
import type { SandboxId } from '@cspace/domain';
import type { Context } from './context.ts';
import { sandboxIds } from './list.ts';
import { sandboxPaths } from './paths.ts';
import { readRecord, type SandboxRecord } from './record.ts';
import { runState } from './run-state.ts';
import { stopSandbox } from './stop.ts';

/** How often anybody is looked at. */
export const DISK_WATCH_MS = 2_000;
/** An empty file costs an inode: each is counted as at least one block, so that a million of them are a limit too. */
const INODE_BYTES = 4_096;

/** The last measurement of a sandbox: what it used, what the whole file system had free then, how long measuring took. */
export type Measured = {
  readonly usedBytes: number;
  readonly freeBytes: number;
  readonly atMs: number;
  readonly costMs: number;
};

/** What others free hides what a sandbox takes; so nobody goes unmeasured for longer. */
const LONGEST_MS = 15_000;

/**
 * Whether a sandbox has to be measured again. Pure. It cannot have used more than the file system has lost since; while that is
 * less than what it had left, nothing is walked. `allCostMs` is what measuring every sandbox once takes: all together it is never
 * more than a twentieth of the time.
 */
export function dueForMeasure(
  last: Measured | undefined,
  now: { readonly limitBytes: number; readonly freeBytes: number; readonly atMs: number; readonly allCostMs: number },
): boolean {
  if (last === undefined) return true;
  const sinceMs = now.atMs - last.atMs;
  if (sinceMs < now.allCostMs * 20) return false;
  return last.freeBytes - now.freeBytes >= now.limitBytes - last.usedBytes || sinceMs >= LONGEST_MS;
}

/** Ends runs whose writable layer has grown past its limit. The file system's own quota would be exact but is rarely there. */
export function watchDisk(context: Context): Disposable {
  const measured = new Map<SandboxId, Measured>();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    // What cannot be measured now is measured next time.
    look(context, measured)
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  }, DISK_WATCH_MS);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function look(context: Context, measured: Map<SandboxId, Measured>): Promise<void> {
  const ids = await sandboxIds(context.directory);
  for (const id of measured.keys()) if (!ids.includes(id)) measured.delete(id);
  if (ids.length === 0) return;
  const space = await statfs(context.directory);
  const freeBytes = space.bavail * space.bsize - (space.files - space.ffree) * INODE_BYTES;
  // One that is destroyed at this moment, or cannot be read, keeps nobody else from being looked at.
  for (const id of ids) await lookAt(context, measured, id, freeBytes).catch(() => undefined);
}

async function lookAt(
  context: Context,
  measured: Map<SandboxId, Measured>,
  id: SandboxId,
  freeBytes: number,
): Promise<void> {
  const paths = sandboxPaths(context.directory, id);
  const record = await readRecord<SandboxRecord>(paths.spec);
  const limitBytes = record?.spec.limits.diskBytes;
  if (limitBytes === undefined) return;
  const nowMs = performance.now();
  const allCostMs = [...measured.values()].reduce((sum, { costMs }) => sum + costMs, 0);
  if (!dueForMeasure(measured.get(id), { limitBytes, freeBytes, atMs: nowMs, allCostMs })) return;
  if ((await runState(paths, (await context.machine()).bootId)).state !== 'running') return;
  const usedBytes = await usedBy(paths.upper);
  measured.set(id, { usedBytes, freeBytes, atMs: nowMs, costMs: performance.now() - nowMs });
  if (usedBytes <= limitBytes) return;
  await context.alone(id, async () => {
    // Stopped by somebody else meanwhile: then this is not why.
    if ((await runState(paths, (await context.machine()).bootId)).state !== 'running') return;
    await writeFile(paths.limit, 'disk');
    await stopSandbox(context, id, 0, new AbortController().signal);
  });
}

/** Blocks, with empty files as one each. By `du`, which goes down by descriptors and follows no link. */
export async function usedBy(path: string): Promise<number> {
  const [blocks, inodes] = [await du(['-s', '-B1', path]), await du(['-s', '--inodes', path])];
  return Math.max(blocks, inodes * INODE_BYTES);
}

async function du(args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    execFile('du', ['-x', ...args], { env: { PATH: process.env.PATH, LC_ALL: 'C' } }, (_, output) =>
      // What vanished while it was counted makes du complain; its sum still holds.
      resolve(Number.parseInt(output, 10) || 0),
    );
  });
}
