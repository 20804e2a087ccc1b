import * as z from 'zod';

/** What a sandbox may use. A limit that is absent is not set. */
export const SandboxLimits = z.strictObject({
  memoryBytes: z.int().positive().optional(),
  /** Cores; 1.5 is one and a half. */
  cpus: z.number().positive().optional(),
  /** Processes and threads at once. */
  pids: z.int().positive().optional(),
  /** What the writable layer may grow to. */
  diskBytes: z.int().positive().optional(),
});
export type SandboxLimits = z.infer<typeof SandboxLimits>;

/** What a session may use, its sandbox included. */
export const SessionLimits = z.strictObject({
  ...SandboxLimits.shape,
  /** From a turn's start to its forced end. */
  turnMs: z.int().positive(),
  /** Without a prompt, before the supervisor goes to sleep. */
  idleMs: z.int().positive(),
  /** Money for model calls, in US dollars. */
  budgetUsd: z.number().positive().optional(),
});
export type SessionLimits = z.infer<typeof SessionLimits>;

/** The name of a limit, as events and errors say it. */
export const LimitName = z.enum(['memory', 'cpus', 'pids', 'disk', 'time', 'budget']);
export type LimitName = z.infer<typeof LimitName>;
