import type { Artifact } from './artifact.ts';
import type { OutboxId, ProjectId, PromptId, PushId, SessionId } from './id.ts';
import type { Project } from './project.ts';
import type { Prompt } from './prompt.ts';
import type { Push } from './push.ts';
import type { Session } from './session.ts';

/** What the index knows: which projects and sessions there are, and where each session is. */
export type Index = {
  projects: Table<ProjectId, Project>;
  sessions: Table<SessionId, Session>;
  /** Finds the one session of that name that is not removed. */
  findSession(projectId: ProjectId, name: string): Session | undefined;
  findProject(path: string): Project | undefined;
  close(): void;
};

/**
 * Whole values by id. `put` replaces; it MUST be durable when it returns. A second live session of a name in a project
 * MUST be refused with a `conflict` Fault.
 */
export type Table<Id, Value> = {
  get(id: Id): Value | undefined;
  put(value: Value): void;
  all(): readonly Value[];
};

/** An event as it is stored. `seq` starts at 1 and has no gaps. The store does not look into `event` beyond its type. */
export type StoredEvent = { readonly seq: number; readonly atMs: number; readonly event: { readonly type: string } };

/** How far the events of one supervisor outbox have been stored. */
export type OutboxMark = { readonly outboxId: OutboxId; readonly seq: number };

/** All that one step of the server changes in a session, made durable together or not at all. */
export type SessionChange = {
  readonly events?: readonly { readonly type: string }[];
  readonly prompts?: readonly Prompt[];
  readonly pushes?: readonly Push[];
  readonly artifacts?: readonly Artifact[];
  readonly outbox?: OutboxMark;
  /** Added to what the session has spent. */
  readonly spent?: Spent;
};

export type Spent = {
  readonly costUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly requests: number;
};

/**
 * One session's own database.
 *
 * - `record` MUST be atomic and durable against a killed process when it returns, and MUST return the stored events with
 *   their numbers, gapless, in order.
 * - `events` MUST give those after `afterSeq` in order, at most `limit`.
 * - A damaged database MUST fail only its own session, with a `failed` Fault that names the file.
 */
export type SessionStore = {
  record(change: SessionChange, atMs: number): readonly StoredEvent[];
  events(afterSeq: number, limit: number): readonly StoredEvent[];
  lastSeq(): number;
  /** The last event of a type, such as the last git status. */
  lastOf(type: string): StoredEvent | undefined;
  outboxMark(outboxId: OutboxId): number;
  prompt(id: PromptId): Prompt | undefined;
  /** Those that are not done, oldest first. */
  openPrompts(): readonly Prompt[];
  push(id: PushId): Push | undefined;
  openPushes(): readonly Push[];
  /** All of them, oldest first. */
  artifacts(): readonly Artifact[];
  /** How many turns have ended. */
  turns(): number;
  spent(): Spent;
  close(): void;
};

/** Opens and removes session databases. */
export type SessionStores = {
  open(id: SessionId): SessionStore;
  /** Which sessions have a database. */
  list(): readonly SessionId[];
  remove(id: SessionId): void;
};
