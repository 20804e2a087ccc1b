import {
  ArtifactId,
  Delivery,
  LimitName,
  PermissionId,
  PromptId,
  PushId,
  Sender,
  SessionState,
  TurnOutcome,
} from '@cspace/domain';
import * as z from 'zod';

/** The steps of a start, in order, as a person sees them. */
export const Stage = z.enum(['mirror', 'image', 'sandbox', 'supervisor', 'clone', 'services', 'agent']);
export type Stage = z.infer<typeof Stage>;

const text = z.string().max(256 * 1024);
const short = z.string().max(4096);

/** What a supervisor reports through its outbox. Anything else it says is refused. */
const fromSupervisor = [
  z.strictObject({ type: z.literal('supervisor.started'), pid: z.int(), version: short }),
  z.strictObject({ type: z.literal('supervisor.ended'), reason: short }),
  z.strictObject({
    type: z.literal('stage'),
    stage: Stage,
    status: z.enum(['started', 'done', 'failed']),
    ms: z.number().nonnegative().optional(),
    detail: short.optional(),
  }),
  z.strictObject({
    type: z.literal('agent.started'),
    agent: short,
    conversationId: short,
    resumed: z.boolean(),
    canSteer: z.boolean(),
    canResume: z.boolean(),
    model: short.optional(),
  }),
  z.strictObject({
    type: z.literal('agent.ended'),
    exitCode: z.int().nullable(),
    signal: short.nullable(),
    /** The last lines of its standard error. */
    stderr: short,
  }),
  /** The supervisor has taken the prompt: it is durable in the sandbox and is never taken again. */
  z.strictObject({
    type: z.literal('prompt.accepted'),
    promptId: PromptId,
    how: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('started') }),
      z.strictObject({ kind: z.literal('steered'), into: PromptId }),
    ]),
  }),
  /** The agent has it: written to the agent's standard input. */
  z.strictObject({ type: z.literal('prompt.delivered'), promptId: PromptId }),
  z.strictObject({
    type: z.literal('turn.ended'),
    promptId: PromptId,
    outcome: TurnOutcome,
    ms: z.number().nonnegative(),
  }),
  z.strictObject({ type: z.literal('agent.text'), kind: z.enum(['message', 'thought']), text }),
  z.strictObject({
    type: z.literal('tool.started'),
    toolCallId: short,
    /** `read`, `edit`, `delete`, `move`, `search`, `execute`, `think`, `fetch`, `other`, as ACP has them. */
    kind: short,
    title: short,
    input: text.optional(),
  }),
  z.strictObject({
    type: z.literal('tool.ended'),
    toolCallId: short,
    status: z.enum(['completed', 'failed', 'cancelled']),
    title: short,
    ms: z.number().nonnegative(),
    output: text.optional(),
  }),
  z.strictObject({
    type: z.literal('plan'),
    entries: z.array(z.strictObject({ text: short, status: z.enum(['pending', 'in_progress', 'completed']) })).max(200),
  }),
  z.strictObject({
    type: z.literal('git.status'),
    branch: short.nullable(),
    head: short.nullable(),
    dirtyFiles: z.int().nonnegative(),
    unpushedCommits: z.int().nonnegative(),
  }),
  /** All work, index and untracked files included, is saved on the server as the shadow commit `commit`. */
  z.strictObject({ type: z.literal('work.saved'), commit: short }),
  z.strictObject({
    type: z.literal('permission.asked'),
    permissionId: PermissionId,
    title: short,
    toolCallId: short.optional(),
    options: z.array(z.strictObject({ id: short, label: short, kind: short })).max(20),
  }),
  z.strictObject({ type: z.literal('permission.answered'), permissionId: PermissionId, option: short.nullable() }),
  z.strictObject({
    type: z.literal('notice'),
    level: z.enum(['info', 'warning', 'error']),
    text: short,
    hint: short.optional(),
  }),
] as const;

/** What only the server or its gateway says. */
const fromServer = [
  z.strictObject({
    type: z.literal('session.created'),
    name: short,
    branch: short,
    base: z.strictObject({ commit: z.string(), branch: z.string().optional() }),
    agent: short,
    model: short.optional(),
    runtime: short,
  }),
  z.strictObject({ type: z.literal('session.state'), state: SessionState }),
  z.strictObject({
    type: z.literal('prompt.queued'),
    promptId: PromptId,
    from: Sender,
    delivery: Delivery,
    text: z.string(),
  }),
  z.strictObject({ type: z.literal('prompt.requeued'), promptId: PromptId, why: short }),
  /** A turn cut off by a crash goes on as the turn of another prompt. */
  z.strictObject({ type: z.literal('prompt.continued'), promptId: PromptId, by: PromptId, why: short }),
  z.strictObject({ type: z.literal('supervisor.gone'), why: short }),
  z.strictObject({
    type: z.literal('usage'),
    provider: short,
    model: short,
    inputTokens: z.int().nonnegative(),
    outputTokens: z.int().nonnegative(),
    cacheReadTokens: z.int().nonnegative(),
    cacheWriteTokens: z.int().nonnegative(),
    costUsd: z.number().nonnegative(),
    /** The model's price is not known; the dearest of its provider was taken. */
    estimated: z.boolean(),
  }),
  z.strictObject({
    type: z.literal('git.push'),
    pushId: PushId.optional(),
    ref: short,
    oldCommit: short,
    newCommit: short,
    result: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('landed'), where: z.enum(['remote', 'local']), ref: short }),
      z.strictObject({ kind: z.literal('refused'), why: short }),
      z.strictObject({ kind: z.literal('failed'), why: short }),
    ]),
  }),
  z.strictObject({
    type: z.literal('egress'),
    host: short,
    port: z.int(),
    decision: z.enum(['allowed', 'denied']),
    why: short,
  }),
  /** A file that the session put into its artifacts directory, as it was then; `artifactId` is what it is fetched by. */
  z.strictObject({
    type: z.literal('artifact.added'),
    artifactId: ArtifactId,
    /** Its path below the artifacts directory. */
    name: short,
    bytes: z.int().nonnegative(),
    mediaType: short,
  }),
  z.strictObject({ type: z.literal('limit.hit'), limit: LimitName, text: short }),
] as const;

export const SupervisorEvent = z.discriminatedUnion('type', fromSupervisor);
export type SupervisorEvent = z.infer<typeof SupervisorEvent>;

/** One numbered fact in a session's log. Everything any face shows is a fold over these. */
export const Event = z.discriminatedUnion('type', [...fromSupervisor, ...fromServer]);
export type Event = z.infer<typeof Event>;

/** An event with its number in the session's log (from 1, gapless) and its time. `seq` resumes every stream. */
export const LoggedEvent = z.strictObject({ seq: z.int().positive(), atMs: z.number(), event: Event });
export type LoggedEvent = z.infer<typeof LoggedEvent>;
