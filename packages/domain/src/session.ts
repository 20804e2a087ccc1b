import * as z from 'zod';
import { LayerId, ProjectId, SandboxId, SessionId } from './id.ts';
import { SessionLimits } from './limits.ts';
import { Outfit } from './outfit.ts';
import { RuntimeKind } from './runtime.ts';

/** Why a session is not running. `unknown` is only for one found so after a machine's restart. */
export const StopReason = z.enum(['asked', 'idle', 'interrupted', 'limit', 'crashed', 'unknown']);
export type StopReason = z.infer<typeof StopReason>;

/**
 * Where a session is, as anybody sees it. Each state has what it needs to be resumed and no more.
 *
 * `creating`: the sandbox is being made. `ready`: a supervisor is attached and no turn runs. `working`: a turn runs.
 * `stopped`: no process; the files are kept; a prompt wakes it. `failed`: it could not start or kept dying; `why` says it;
 * a prompt or `up` tries again. `removing`: work is being saved and the sandbox destroyed. `removed`: only its log is left.
 */
export const SessionState = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('creating'), sinceMs: z.number() }),
  z.strictObject({ kind: z.literal('ready'), sinceMs: z.number() }),
  z.strictObject({ kind: z.literal('working'), sinceMs: z.number() }),
  z.strictObject({ kind: z.literal('stopped'), sinceMs: z.number(), reason: StopReason }),
  z.strictObject({ kind: z.literal('failed'), sinceMs: z.number(), why: z.string(), hint: z.string().optional() }),
  z.strictObject({ kind: z.literal('removing'), sinceMs: z.number() }),
  z.strictObject({ kind: z.literal('removed'), sinceMs: z.number() }),
]);
export type SessionState = z.infer<typeof SessionState>;

/** What somebody last asked of a session; the loop brings the world there. */
export const Wanted = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('running') }),
  z.strictObject({ kind: z.literal('stopped'), reason: StopReason }),
  z.strictObject({ kind: z.literal('removed') }),
]);
export type Wanted = z.infer<typeof Wanted>;

/** The commit a session started from, and the branch that commit was on (none for a detached HEAD). */
export const Base = z.strictObject({ commit: z.string(), branch: z.string().optional() });
export type Base = z.infer<typeof Base>;

/** A failed start or a death, counted so that the loop backs off and gives up. */
export const Failures = z.strictObject({ count: z.int().nonnegative(), lastAtMs: z.number(), why: z.string() });
export type Failures = z.infer<typeof Failures>;

/**
 * The last run of the sandbox's processes. Written `started` before it is tried, so that a crash in between is found by
 * looking at the runtime; `ended` once its end has been dealt with.
 */
export const Run = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('started'), atMs: z.number() }),
  z.strictObject({ kind: z.literal('ended'), atMs: z.number() }),
]);
export type Run = z.infer<typeof Run>;

export const Session = z.strictObject({
  id: SessionId,
  projectId: ProjectId,
  name: z.string(),
  branch: z.string(),
  base: Base,
  role: z.enum(['worker', 'coordinator']),
  /** Name in the manifest. */
  agent: z.string(),
  model: z.string().optional(),
  runtime: RuntimeKind,
  sandboxId: SandboxId,
  layers: z.array(LayerId),
  outfit: Outfit.optional(),
  limits: SessionLimits,
  /** Whether an agent is started at all (`--no-agent`). */
  withAgent: z.boolean(),
  /** The agent's own id of the conversation, to resume it. */
  conversationId: z.string().optional(),
  createdAtMs: z.number(),
  wanted: Wanted,
  run: Run,
  state: SessionState,
  failures: Failures.optional(),
});
export type Session = z.infer<typeof Session>;
