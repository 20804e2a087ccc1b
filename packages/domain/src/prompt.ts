import * as z from 'zod';
import { PromptId } from './id.ts';

/** The longest prompt, in bytes of UTF-8. */
export const MAX_PROMPT_BYTES = 1024 * 1024;

/** The text of a prompt: UTF-8 without NUL, at most 1 MiB, kept byte for byte. */
export const PromptText = z
  .string()
  .min(1)
  .refine((text) => !text.includes('\0'), { error: 'it contains a NUL byte' })
  .refine((text) => text.isWellFormed(), { error: 'it is not valid UTF-8' })
  .refine((text) => new TextEncoder().encode(text).byteLength <= MAX_PROMPT_BYTES, {
    error: 'it is longer than 1 MiB',
  });

/**
 * How a prompt reaches a busy agent: after the turn (`queue`), into the turn (`steer`, which falls back to `queue` where
 * the agent cannot), or instead of the turn (`interrupt`). An idle agent starts it at once in every case.
 */
export const Delivery = z.enum(['queue', 'steer', 'interrupt']);
export type Delivery = z.infer<typeof Delivery>;

/** Who sent a prompt: a user of the machine, another session, or cspace itself. */
export const Sender = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('user'), name: z.string().max(200) }),
  z.strictObject({ kind: z.literal('session'), name: z.string().max(200) }),
  z.strictObject({ kind: z.literal('cspace'), why: z.enum(['continuation', 'restart']) }),
]);
export type Sender = z.infer<typeof Sender>;

/**
 * How a turn ended. Only `finished` is a success. `cut`: the agent or its supervisor died under it; the server decides
 * whether it is continued.
 */
export const TurnOutcome = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('finished') }),
  z.strictObject({ kind: z.literal('cancelled'), by: z.string() }),
  z.strictObject({ kind: z.literal('refused') }),
  z.strictObject({
    kind: z.literal('limit'),
    limit: z.enum(['time', 'budget', 'memory', 'pids', 'disk', 'tokens', 'requests']),
  }),
  z.strictObject({ kind: z.literal('cut'), why: z.string() }),
  z.strictObject({ kind: z.literal('failed'), why: z.string(), hint: z.string().optional() }),
]);
export type TurnOutcome = z.infer<typeof TurnOutcome>;

/**
 * Where a prompt is. `queued`: durable here. `sent`: given to a supervisor that has not said it took it. `running`: taken;
 * it is never given again. `merged`: another prompt's turn answers it too (steered into it, or continued by it). `done`: its
 * turn has ended.
 */
export const PromptState = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('queued') }),
  z.strictObject({ kind: z.literal('sent'), supervisor: z.string() }),
  z.strictObject({ kind: z.literal('running'), sinceMs: z.number() }),
  z.strictObject({ kind: z.literal('merged'), into: PromptId }),
  z.strictObject({ kind: z.literal('done'), outcome: TurnOutcome, endedAtMs: z.number() }),
]);
export type PromptState = z.infer<typeof PromptState>;

export const Prompt = z.strictObject({
  id: PromptId,
  text: PromptText,
  from: Sender,
  delivery: Delivery,
  queuedAtMs: z.number(),
  /** How often its turn was cut off by a crash and continued. */
  continuations: z.int().nonnegative(),
  state: PromptState,
});
export type Prompt = z.infer<typeof Prompt>;
