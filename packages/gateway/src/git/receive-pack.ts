import { once } from 'node:events';
import { Fault } from '@cspace/domain';
import type { Body } from './body.ts';
import { type GitOptions, type GitProgram, reasonOf, startGit } from './run-git.ts';

/** What became of the pack of a push. */
export type PackOutcome = { readonly kind: 'received' } | { readonly kind: 'refused'; readonly why: string };

export type PackLimits = {
  readonly maxBytes: number;
  /** Whether objects that git's own checks find bad are refused. */
  readonly strict: boolean;
};

/** More objects than this are no work of a session; each costs memory before it is looked at. */
const MAX_OBJECTS = 5_000_000;
const HEADER_BYTES = 12;

/**
 * Reads a pack from a body into a quarantine. Bounded by its size here, by `GIT_ALLOC_LIMIT` in what one object may become,
 * and by the signal in time. Throws what the body throws when the client cuts it.
 */
export async function receivePack(body: Body, limits: PackLimits, options: GitOptions): Promise<PackOutcome> {
  const header = await body.exactly(HEADER_BYTES);
  const objects = header.readUInt32BE(8);
  if (header.toString('latin1', 0, 4) !== 'PACK' || header.readUInt32BE(4) !== 2) {
    return { kind: 'refused', why: 'what came is not a pack' };
  }
  if (objects > MAX_OBJECTS) return { kind: 'refused', why: `the pack has more than ${MAX_OBJECTS} objects` };
  if (objects === 0) return { kind: 'received' };

  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const flags = ['--stdin', '--fix-thin', `--max-input-size=${limits.maxBytes}`, '--threads=1'];
  const args = ['index-pack', ...flags, ...(limits.strict ? ['--strict'] : [])];
  const { program, ended } = startGit(args, { ...options, signal });
  program.stdout.resume();
  try {
    const size = await feed(program, header, body, limits.maxBytes);
    if (size > limits.maxBytes) return { kind: 'refused', why: tooLarge(limits.maxBytes) };
    const { exitCode, stderr } = await ended;
    if (options.signal.aborted) throw new Fault('interrupted', 'Cannot take the push: it took too long');
    return exitCode === 0
      ? { kind: 'received' }
      : { kind: 'refused', why: `the pack is not sound: ${reasonOf(stderr)}` };
  } finally {
    stop.abort();
    await ended;
  }
}

/** Gives the pack to git as fast as git takes it. Returns its size, or the size at which it was too much. */
async function feed(program: GitProgram, header: Buffer, body: Body, maxBytes: number): Promise<number> {
  const { stdin } = program;
  let size = header.length;
  stdin.write(header);
  for (let chunk = await body.next(); chunk !== undefined; chunk = await body.next()) {
    size += chunk.length;
    if (size > maxBytes) return size;
    if (!stdin.writable) continue;
    if (!stdin.write(chunk)) {
      const waiting = new AbortController();
      const { signal } = waiting;
      await Promise.race([once(stdin, 'drain', { signal }), once(stdin, 'close', { signal })]).catch(() => {});
      waiting.abort();
    }
  }
  stdin.end();
  return size;
}

function tooLarge(maxBytes: number): string {
  return `the pack is larger than ${Math.round(maxBytes / 100_000) / 10} MB, the most a push may bring`;
}
