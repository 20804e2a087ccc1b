import { Delivery, McpServer, OutboxId, PermissionId, PromptId, PromptText, Sender, TunnelId } from '@cspace/domain';
import * as z from 'zod';
import { SupervisorEvent } from './event.ts';
import { SshPublicKey } from './ssh-public-key.ts';

/**
 * What server and supervisor say to each other over the control connection: one JSON value a line, both ways, on a
 * connection that the supervisor opened through the door with `Upgrade: cspace-control`.
 *
 *   supervisor → hello                      server → welcome
 *   supervisor → events (numbered)          server → ack
 *   server → prompt, cancel, save, …        supervisor answers with events
 */

/** How an agent is started inside. */
export const AgentStart = z.strictObject({
  name: z.string(),
  command: z.array(z.string()).min(1),
  /** Over the session's environment. */
  env: z.record(z.string(), z.string()),
  /** Written before the agent starts, by absolute path: its configuration, where no variable can give it. */
  files: z.record(z.string(), z.string()).optional(),
  /** The `_meta` of `session/new`, `session/load` and `session/resume`. */
  sessionMeta: z.record(z.string(), z.unknown()).optional(),
  /** For show: `env`, `files` and `sessionMeta` already say it to the agent. */
  model: z.string().optional(),
  effort: z.string().optional(),
  /** Added to the agent's system prompt; empty when `files` already has it. */
  prompt: z.string(),
  mcpServers: z.record(z.string(), McpServer),
  tools: z.array(z.string()).optional(),
  permission: z.enum(['auto', 'ask']),
});
export type AgentStart = z.infer<typeof AgentStart>;

/** The clone to make at the first start, and who commits in it. */
export const CloneStart = z.strictObject({
  /** Where the mirror's objects are mounted, to be used as alternates; absent when there is none. */
  alternates: z.string().optional(),
  branch: z.string(),
  baseCommit: z.string(),
  /** The branch `baseCommit` was on, for the agent to know. */
  baseBranch: z.string().optional(),
  authorName: z.string(),
  authorEmail: z.string(),
  /** What `origin` has, told to a new clone that finds all of it among the alternates. Absent: it has to be fetched. */
  origin: z
    .strictObject({
      /** The branch that is the main one. */
      head: z.string().optional(),
      /** Commit or tag object, and full name, of heads and tags. */
      refs: z.array(z.tuple([z.string(), z.string()])),
    })
    .optional(),
});
export type CloneStart = z.infer<typeof CloneStart>;

/** A service that the session has on its own localhost. */
export const ServiceStart = z.strictObject({
  name: z.string(),
  /** What the supervisor runs; absent: it runs beside the sandbox already. */
  argv: z.array(z.string()).min(1).optional(),
  env: z.record(z.string(), z.string()),
  /** A shell command that succeeds once it is ready. */
  health: z.string().optional(),
  /** What it listens on, waited for too. */
  ports: z.array(z.int().min(1).max(65535)),
  /** Absolute paths, made before it starts. */
  directories: z.array(z.string()).default([]),
});
export type ServiceStart = z.infer<typeof ServiceStart>;

export const Up = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('hello'),
    /** Made anew by every supervisor process. */
    supervisor: z.string(),
    version: z.string(),
    pid: z.int(),
    startedAtMs: z.number(),
    outboxId: OutboxId,
    /** The number of the last event this outbox holds; 0 when it is empty. */
    lastSeq: z.int().nonnegative(),
    /** Every prompt it ever took whose turn has not ended, oldest first. `running`: in this process, now. */
    taken: z.array(z.strictObject({ promptId: PromptId, running: z.boolean() })),
  }),
  z.strictObject({
    type: z.literal('events'),
    items: z.array(z.strictObject({ seq: z.int().positive(), event: SupervisorEvent })).max(1000),
  }),
  /** Answers a `prompt` that was not taken, and says why: `busy` when it cannot be steered into the turn that runs. */
  z.strictObject({ type: z.literal('not-taken'), promptId: PromptId, why: z.enum(['busy', 'ending', 'repeated']) }),
  z.strictObject({
    type: z.literal('status'),
    /** Answers a `status` request. */
    request: z.int(),
    tool: z.strictObject({ name: z.string(), title: z.string(), startedAtMs: z.number() }).nullable(),
    branch: z.string().nullable(),
    dirtyFiles: z.int(),
    unpushedCommits: z.int(),
    ports: z.array(z.strictObject({ port: z.int(), process: z.string() })),
  }),
  z.strictObject({
    type: z.literal('saved'),
    request: z.int(),
    commit: z.string().nullable(),
    error: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('tunnel-failed'), tunnelId: TunnelId, why: z.string() }),
  /** Somebody inside needs a service that the sandbox cannot run itself. Answered by `service`. */
  z.strictObject({ type: z.literal('want-service'), name: z.string().max(63) }),
  /** Asks to be told when a service that was wanted has ended. Answered by `service-ended`, on this connection only. */
  z.strictObject({ type: z.literal('watch-service'), name: z.string().max(63) }),
  z.strictObject({ type: z.literal('pong') }),
]);
export type Up = z.infer<typeof Up>;

/**
 * What a tunnel ends at inside. Terminals and commands speak `frame.ts`; a port is raw bytes. An `sshd` is a command whose first
 * line of output is its host key (`ssh-ed25519 …`), and what follows is its conversation with the client that has `clientKey`.
 */
export const TunnelTarget = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('port'), port: z.int().min(1).max(65535) }),
  z.strictObject({
    kind: z.literal('terminal'),
    /** Empty: the login shell. */
    argv: z.array(z.string()),
    columns: z.int().min(1).max(1000),
    rows: z.int().min(1).max(1000),
    term: z.string().max(100),
  }),
  z.strictObject({ kind: z.literal('command'), argv: z.array(z.string()).min(1) }),
  z.strictObject({ kind: z.literal('sshd'), clientKey: SshPublicKey }),
]);
export type TunnelTarget = z.infer<typeof TunnelTarget>;

export const Down = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('welcome'),
    session: z.strictObject({
      id: z.string(),
      name: z.string(),
      role: z.enum(['worker', 'coordinator']),
      project: z.string(),
    }),
    /** The last event of this outbox that is durable on the server. Later ones must be sent again. */
    ackedSeq: z.int().nonnegative(),
    clone: CloneStart,
    /** Environment of the agent and of terminals, beside their own. */
    env: z.record(z.string(), z.string()).default({}),
    /** Scripts that run inside: once after the clone, and at every start. */
    setup: z.array(z.string()).default([]),
    start: z.array(z.string()).default([]),
    /** Brought up after the clone and its scripts, before the agent. */
    services: z.array(ServiceStart).default([]),
    /** Absent: no agent is to be started. */
    agent: AgentStart.optional(),
    /** Resume this conversation rather than beginning one. */
    conversationId: z.string().optional(),
    idleMs: z.int().positive(),
  }),
  z.strictObject({ type: z.literal('ack'), seq: z.int().nonnegative() }),
  z.strictObject({ type: z.literal('prompt'), promptId: PromptId, text: PromptText, from: Sender, delivery: Delivery }),
  /** Cancels the turn of that prompt, of any when absent. `by` is told in the turn's outcome. */
  z.strictObject({ type: z.literal('cancel'), promptId: PromptId.optional(), by: z.string() }),
  z.strictObject({ type: z.literal('status'), request: z.int() }),
  /** Saves all work as a shadow commit and answers `saved`. */
  z.strictObject({ type: z.literal('save'), request: z.int() }),
  z.strictObject({ type: z.literal('permission'), permissionId: PermissionId, option: z.string().nullable() }),
  z.strictObject({ type: z.literal('open-tunnel'), tunnelId: TunnelId, target: TunnelTarget }),
  /** Answers `want-service`: it runs and shares the network of the sandbox, or not and why. */
  z.strictObject({
    type: z.literal('service'),
    name: z.string().max(63),
    ok: z.boolean(),
    why: z.string().optional(),
  }),
  /** Answers `watch-service` once: how it ended, as a clause, and the last it said. */
  z.strictObject({ type: z.literal('service-ended'), name: z.string().max(63), how: z.string(), said: z.string() }),
  /** Save the work, end the agent, flush the outbox and exit. */
  z.strictObject({ type: z.literal('exit'), reason: z.string() }),
  z.strictObject({ type: z.literal('ping') }),
]);
export type Down = z.infer<typeof Down>;
