import { readFile, rename, writeFile } from 'node:fs/promises';
import type { LayerId, SandboxSpec } from '@cspace/domain';
import type { ProcessRef } from './process.ts';

/** What is known of a sandbox, on disk. */
export type SandboxRecord = {
  readonly spec: SandboxSpec;
  /** Undefined where every sandbox runs as the server's own user. */
  readonly outerUser: number | undefined;
  /** The layer its writable one is being turned into; what is found after a crash is finished or dropped. */
  readonly taking: LayerId | undefined;
};

/** What the launcher wrote down of a run. */
export type RunRecord = {
  readonly bootId: string;
  readonly startedAtMs: number;
  readonly launcher: ProcessRef;
  /** Bubblewrap outside the sandbox, which waits for its end. */
  readonly monitor?: ProcessRef;
  /** The first process of the sandbox, once there is one: all others end with it. */
  readonly init?: ProcessRef;
};

export type EndRecord = { readonly exitCode: number; readonly oomKills: number };

/** Reads what we or the launcher wrote; undefined when it is not there. Files are replaced whole, so none is half-written. */
export async function readRecord<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

export async function writeRecord(path: string, value: SandboxRecord | EndRecord): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(value), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
