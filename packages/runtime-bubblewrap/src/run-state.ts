import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { LimitName, type SandboxEnd } from '@cspace/domain';
import type { SandboxPaths } from './paths.ts';
import { alive } from './process.ts';
import { type EndRecord, type RunRecord, readRecord } from './record.ts';

export type RunState =
  | { readonly state: 'idle' }
  | { readonly state: 'running'; readonly run: RunRecord }
  | { readonly state: 'ended'; readonly end: SandboxEnd };

/** What the machine shows of a sandbox's last run. */
export async function runState(paths: SandboxPaths, bootId: string): Promise<RunState> {
  const run = await readRecord<RunRecord>(paths.run);
  if (run === undefined) return { state: 'idle' };
  if (run.bootId === bootId && (await anyAlive(run))) return { state: 'running', run };
  // Read after the launcher was seen dead: what it had to write is there by then.
  const [end, limit] = await Promise.all([
    readRecord<EndRecord>(paths.end),
    readFile(paths.limit, 'utf8').catch(() => undefined),
  ]);
  return { state: 'ended', end: sandboxEnd(end, limit) };
}

async function anyAlive({ init, launcher, monitor }: RunRecord): Promise<boolean> {
  for (const ref of [init, launcher, monitor]) if (ref !== undefined && (await alive(ref))) return true;
  return false;
}

/** Bubblewrap tells a signal as a shell does, 128 and its number. `limit`: what the runtime itself ended the run for. */
export function sandboxEnd(end: EndRecord | undefined, limit: string | undefined): SandboxEnd {
  const ended = LimitName.safeParse(limit);
  if (ended.success) return { kind: 'limit', limit: ended.data };
  if (end === undefined) return { kind: 'unknown' };
  const signal = Object.entries(constants.signals).find(([, number]) => number === end.exitCode - 128)?.[0];
  if (signal === undefined) return { kind: 'exited', exitCode: end.exitCode };
  if (signal === 'SIGKILL' && end.oomKills > 0) return { kind: 'limit', limit: 'memory' };
  if (signal === 'SIGXFSZ') return { kind: 'limit', limit: 'disk' };
  return { kind: 'signalled', signal };
}
