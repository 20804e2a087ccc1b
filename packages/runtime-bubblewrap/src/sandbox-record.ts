import { mkdir, stat } from 'node:fs/promises';
import type { SandboxId } from '@cspace/domain';
import { layerPath, sandboxPaths } from './paths.ts';
import { readRecord, type SandboxRecord, writeRecord } from './record.ts';

/**
 * What is known of a sandbox; undefined for a stranger. A snapshot that was cut off between two steps is finished here when
 * its layer is already in place, and forgotten when it is not.
 */
export async function sandboxRecord(directory: string, id: SandboxId): Promise<SandboxRecord | undefined> {
  const paths = sandboxPaths(directory, id);
  const record = await readRecord<SandboxRecord>(paths.spec);
  if (record?.taking === undefined) return record;
  const taken = (await stat(layerPath(directory, record.taking)).catch(() => undefined)) !== undefined;
  return finishTaking(directory, record, taken);
}

/** The last steps of a snapshot: an empty writable layer, and the frozen one under it. */
export async function finishTaking(directory: string, record: SandboxRecord, taken: boolean): Promise<SandboxRecord> {
  const { spec, taking } = record;
  const paths = sandboxPaths(directory, spec.id);
  const layers = taken && taking !== undefined ? [...spec.layers, taking] : spec.layers;
  const next: SandboxRecord = { ...record, spec: { ...spec, layers }, taking: undefined };
  if (taken) await mkdir(paths.upper, { recursive: true, mode: 0o755 });
  await writeRecord(paths.spec, next);
  return next;
}
