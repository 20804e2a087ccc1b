import {
  Artifact,
  Delivery,
  FAULTS,
  type FaultCode,
  LimitName,
  PermissionId,
  Project,
  ProjectId,
  PromptId,
  PromptText,
  RuntimeKind,
  Session,
  SessionId,
  TurnOutcome,
} from '@cspace/domain';
import { eventIterator, oc } from '@orpc/contract';
import * as z from 'zod';
import { LoggedEvent } from './event.ts';

/**
 * The one contract between the server and every face. The same API is on the server's Unix socket, on a TCP address with a
 * token, and inside a sandbox (limited to what that session may do).
 */

/** A fault on the wire: oRPC error with this code, status and data. */
export const FaultData = z.object({
  hint: z.string().optional(),
  bugId: z.string().optional(),
  /** The server has nothing at the path that was asked for. */
  unknownPath: z.boolean().optional(),
});

type FaultErrors = { [Code in FaultCode]: { status: (typeof FAULTS)[Code]['status']; data: typeof FaultData } };

const faultErrors = Object.fromEntries(
  Object.entries(FAULTS).map(([code, { status }]) => [code, { status, data: FaultData }]),
) as FaultErrors;

const base = oc.errors(faultErrors);

/** What an agent asked and nobody has answered yet. */
const OpenQuestion = z.object({
  permissionId: PermissionId,
  title: z.string(),
  options: z.array(z.object({ id: z.string(), label: z.string(), kind: z.string() })),
  askedAtMs: z.number(),
});

/** A session and what everybody wants to know of it at a glance. */
export const SessionView = z.object({
  ...Session.shape,
  project: z.string(),
  spentUsd: z.number(),
  turns: z.int(),
  queueDepth: z.int(),
  /** What it does now, in a few words (a tool's title, "thinking", "asleep"). */
  doing: z.string(),
  /** What it waits to be told, oldest first; answered by `answer`. */
  questions: z.array(OpenQuestion),
  dirtyFiles: z.int(),
  unpushedCommits: z.int(),
  lastActivityMs: z.number(),
  lastSeq: z.int(),
});
export type SessionView = z.infer<typeof SessionView>;

export const PromptInput = z.strictObject({
  /** Made by the sender, so that sending twice is sending once. */
  id: PromptId,
  text: PromptText,
  /** Absent: steer if the agent can, else queue. */
  delivery: Delivery.optional(),
});
export type PromptInput = z.infer<typeof PromptInput>;

/** What became of a prompt. `ahead`: how many wait before it. */
export const PromptReceipt = z.object({
  promptId: PromptId,
  how: z.enum(['started', 'steered', 'queued']),
  ahead: z.int().nonnegative(),
  /** The number of the event that queued it: follow from here. */
  seq: z.int(),
});
export type PromptReceipt = z.infer<typeof PromptReceipt>;

export const CreateSession = z.strictObject({
  projectId: ProjectId,
  /** A session name, or a branch when it holds a `/`. Absent: the first free planet. */
  name: z.string().optional(),
  /** A branch, tag or commit of the project to start from. */
  base: z.string().optional(),
  /** Where the user stands on the server's machine: a linked work tree has a HEAD of its own to start from. */
  directory: z.string().min(1).max(4096).optional(),
  /** Bring an existing session's workspace to `base`; without it an existing session and `base` are a conflict that says what would change. */
  reset: z.boolean().default(false),
  agent: z.string().optional(),
  model: z.string().optional(),
  runtime: RuntimeKind.optional(),
  budgetUsd: z.number().positive().optional(),
  turnMs: z.int().positive().optional(),
  withAgent: z.boolean().default(true),
  /** `return`: come back to a session of that name; `fail`: a conflict. */
  ifExists: z.enum(['return', 'fail']).default('return'),
  prompt: PromptInput.optional(),
});
export type CreateSession = z.input<typeof CreateSession>;

/** `cspace agent-status`. Times in milliseconds, `lastActivity` in ISO 8601. */
export const AgentStatus = z.object({
  name: z.string(),
  sessionId: SessionId,
  conversationId: z.string().nullable(),
  role: z.string(),
  agent: z.string(),
  model: z.string().nullable(),
  state: z.string(),
  turns: z.int(),
  queueDepth: z.int(),
  currentTool: z.object({ name: z.string(), title: z.string(), startedAt: z.string(), ageMs: z.number() }).nullable(),
  questions: z.array(OpenQuestion),
  lastActivity: z.string(),
  lastActivityMs: z.number(),
  branch: z.string().nullable(),
  dirtyFiles: z.int(),
  unpushedCommits: z.int(),
  costUsd: z.number(),
  budgetUsd: z.number().nullable(),
  tokens: z.object({ input: z.int(), output: z.int(), cacheRead: z.int(), cacheWrite: z.int() }),
  runtime: z.string(),
  supervisor: z.object({ pid: z.int(), version: z.string(), startedAt: z.string() }).nullable(),
});
export type AgentStatus = z.infer<typeof AgentStatus>;

export const AgentView = z.object({
  name: z.string(),
  description: z.string(),
  provider: z.string(),
  model: z.string().nullable(),
  /** `built-in`, or the file it comes from. */
  source: z.string(),
  installed: z.boolean(),
  /** Whether the server has a credential for its provider; null when it needs none. */
  credential: z.boolean().nullable(),
  problem: z.string().nullable(),
});
export type AgentView = z.infer<typeof AgentView>;

export const Doctor = z.object({
  ok: z.boolean(),
  server: z.object({ pid: z.int(), version: z.string(), home: z.string() }),
  runtimes: z.array(
    z.object({
      kind: RuntimeKind,
      usable: z.boolean(),
      version: z.string().nullable(),
      limits: z.partialRecord(LimitName, z.string()),
    }),
  ),
  agents: z.array(AgentView),
  problems: z.array(z.object({ severity: z.enum(['missing', 'weaker']), what: z.string(), hint: z.string() })),
});
export type Doctor = z.infer<typeof Doctor>;

export const PortView = z.object({
  port: z.int(),
  label: z.string().nullable(),
  /** What listens on it; null: a label that nothing listens on. */
  process: z.string().nullable(),
  /** Where it opens on the server's machine. */
  url: z.string(),
});
export type PortView = z.infer<typeof PortView>;

export const Diff = z.object({
  baseCommit: z.string(),
  /** The commit compared with the base; a shadow commit when work is not committed. */
  headCommit: z.string(),
  includesUncommitted: z.boolean(),
  stat: z.object({ files: z.int(), insertions: z.int(), deletions: z.int() }),
  /** Unified diff. */
  text: z.string(),
});
export type Diff = z.infer<typeof Diff>;

/** A service of a session. `inside`: a process of its sandbox; `beside`: a container of its own. */
export const ServiceView = z.object({
  name: z.string(),
  where: z.enum(['inside', 'beside']),
  ports: z.array(z.int()),
  /** Whether it waits for somebody to ask for it, and not the start for it. */
  onDemand: z.boolean(),
});
export type ServiceView = z.infer<typeof ServiceView>;

/** One part of a session that was looked at. `why`: what is wrong with it; null when nothing is. */
export const SessionCheck = z.object({
  what: z.enum(['supervisor', 'clone', 'services', 'egress']),
  why: z.string().nullable(),
});
export type SessionCheck = z.infer<typeof SessionCheck>;

const bySession = z.strictObject({ sessionId: SessionId });

export const contract = {
  server: {
    health: base
      .route({ method: 'GET', path: '/v1/health', summary: 'Whether the server is up, and which it is' })
      .output(
        z.object({ version: z.string(), pid: z.int(), home: z.string(), startedAtMs: z.number(), epoch: z.int() }),
      ),
    doctor: base
      .route({ method: 'GET', path: '/v1/doctor', summary: 'What works on this machine and what is missing' })
      .output(Doctor),
    stop: base
      .route({ method: 'POST', path: '/v1/stop', summary: 'End the server; sandboxes go on' })
      .output(z.object({ pid: z.int() })),
  },
  projects: {
    open: base
      .route({ method: 'POST', path: '/v1/projects', summary: 'Open the project of a directory' })
      .input(z.strictObject({ directory: z.string().min(1).max(4096) }))
      .output(Project),
    list: base.route({ method: 'GET', path: '/v1/projects', summary: 'Every project' }).output(z.array(Project)),
  },
  sessions: {
    create: base
      .route({ method: 'POST', path: '/v1/sessions', summary: 'Create a session or come back to it' })
      .input(CreateSession)
      .output(z.object({ session: SessionView, created: z.boolean(), receipt: PromptReceipt.optional() })),
    list: base
      .route({ method: 'GET', path: '/v1/sessions', summary: 'Sessions that are not removed' })
      .input(
        z.strictObject({
          projectId: ProjectId.optional(),
          name: z.string().optional(),
          removed: z.stringbool().optional(),
        }),
      )
      .output(z.array(SessionView)),
    get: base
      .route({ method: 'GET', path: '/v1/sessions/{sessionId}', summary: 'One session' })
      .input(bySession)
      .output(SessionView),
    status: base
      .route({
        method: 'GET',
        path: '/v1/sessions/{sessionId}/status',
        summary: 'What its agent does, asked of its supervisor',
      })
      .input(bySession)
      .output(AgentStatus),
    events: base
      .route({ method: 'GET', path: '/v1/sessions/{sessionId}/events', summary: 'Its log after a number, then live' })
      .input(
        z.strictObject({
          sessionId: SessionId,
          after: z.coerce.number().int().nonnegative().default(0),
          follow: z.stringbool().default(true),
        }),
      )
      .output(eventIterator(LoggedEvent)),
    prompt: base
      .route({
        method: 'POST',
        path: '/v1/sessions/{sessionId}/prompts',
        summary: 'Send a user turn; durable when answered',
      })
      .input(z.strictObject({ sessionId: SessionId, ...PromptInput.shape }))
      .output(PromptReceipt),
    interrupt: base
      .route({
        method: 'POST',
        path: '/v1/sessions/{sessionId}/interrupt',
        summary: 'Cancel the turn; end the supervisor unless turnOnly',
      })
      .input(z.strictObject({ sessionId: SessionId, turnOnly: z.boolean().default(false) }))
      .output(z.object({ cancelled: z.boolean(), session: SessionView })),
    restart: base
      .route({
        method: 'POST',
        path: '/v1/sessions/{sessionId}/restart',
        summary: 'Replace its supervisor, keep everything else',
      })
      .input(z.strictObject({ sessionId: SessionId, reason: z.string().max(10_000).optional() }))
      .output(z.object({ forced: z.boolean(), session: SessionView })),
    start: base
      .route({ method: 'POST', path: '/v1/sessions/{sessionId}/start', summary: 'Make it ready without a turn' })
      .input(bySession)
      .output(SessionView),
    check: base
      .route({
        method: 'POST',
        path: '/v1/sessions/{sessionId}/check',
        summary:
          'Whether supervisor, clone, services and door of one that runs work; `fresh`: nobody has worked in it yet',
      })
      .input(z.strictObject({ sessionId: SessionId, fresh: z.boolean().default(false) }))
      .output(z.array(SessionCheck)),
    stop: base
      .route({
        method: 'POST',
        path: '/v1/sessions/{sessionId}/stop',
        summary: 'Save its work and end its processes; everything is kept',
      })
      .input(bySession)
      .output(SessionView),
    remove: base
      .route({
        method: 'DELETE',
        path: '/v1/sessions/{sessionId}',
        summary: 'Save its work and remove its sandbox; refuses unpushed work unless forced',
      })
      .input(z.strictObject({ sessionId: SessionId, force: z.stringbool().default(false) }))
      .output(SessionView),
    ports: base
      .route({ method: 'GET', path: '/v1/sessions/{sessionId}/ports', summary: 'Ports its sandbox listens on' })
      .input(bySession)
      .output(z.array(PortView)),
    services: base
      .route({ method: 'GET', path: '/v1/sessions/{sessionId}/services', summary: 'The services it has' })
      .input(bySession)
      .output(z.array(ServiceView)),
    serviceLog: base
      .route({
        method: 'GET',
        path: '/v1/sessions/{sessionId}/services/{service}/log',
        summary: 'The last that a service said, both streams',
      })
      .input(z.strictObject({ sessionId: SessionId, service: z.string().min(1).max(63) }))
      .output(z.object({ service: z.string(), text: z.string() })),
    diff: base
      .route({ method: 'GET', path: '/v1/sessions/{sessionId}/diff', summary: 'What it has changed against its base' })
      .input(bySession)
      .output(Diff),
    answer: base
      .route({
        method: 'POST',
        path: '/v1/sessions/{sessionId}/permissions/{permissionId}',
        summary: 'Answer what an agent asked, with one of its options or null for no; done when it has been told',
      })
      .input(z.strictObject({ sessionId: SessionId, permissionId: PermissionId, option: z.string().nullable() }))
      .output(SessionView),
    outcome: base
      .route({ method: 'GET', path: '/v1/sessions/{sessionId}/prompts/{promptId}', summary: 'How a prompt stands' })
      .input(z.strictObject({ sessionId: SessionId, promptId: PromptId }))
      .output(z.object({ state: z.enum(['queued', 'running', 'merged', 'done']), outcome: TurnOutcome.optional() })),
  },
  artifacts: {
    list: base
      .route({
        method: 'GET',
        path: '/v1/sessions/{sessionId}/artifacts',
        summary: 'Files that came out of it, also of a removed session; the bytes are at `…/{artifactId}/content`',
      })
      .input(bySession)
      .output(z.array(Artifact)),
  },
  agents: {
    list: base
      .route({ method: 'GET', path: '/v1/agents', summary: 'The manifest' })
      .input(z.strictObject({ projectId: ProjectId.optional() }))
      .output(z.array(AgentView)),
    install: base
      .route({ method: 'POST', path: '/v1/agents/{name}/install', summary: 'Install an agent into the toolbox' })
      .input(z.strictObject({ name: z.string() }))
      .output(
        eventIterator(
          z.discriminatedUnion('type', [
            z.object({ type: z.literal('progress'), text: z.string() }),
            z.object({ type: z.literal('done'), version: z.string(), bytes: z.int() }),
          ]),
        ),
      ),
    login: base
      .route({ method: 'POST', path: '/v1/agents/{provider}/login', summary: "Store a provider's key in the server" })
      .input(
        z.strictObject({
          provider: z.string(),
          credential: z.discriminatedUnion('kind', [
            z.strictObject({ kind: z.literal('api-key'), value: z.string().min(1), baseUrl: z.url().optional() }),
            z.strictObject({ kind: z.literal('oauth-token'), value: z.string().min(1), baseUrl: z.url().optional() }),
          ]),
        }),
      )
      .output(z.object({ provider: z.string() })),
    logout: base
      .route({ method: 'POST', path: '/v1/agents/{provider}/logout', summary: "Forget a provider's key" })
      .input(z.strictObject({ provider: z.string() }))
      .output(z.object({ provider: z.string() })),
  },
};

/** The WebSocket beside the contract: bytes to and from a `TunnelTarget` of a session, given as JSON in `target`. */
export const TUNNEL_PATH = '/v1/tunnel';
