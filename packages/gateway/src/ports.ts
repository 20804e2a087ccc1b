import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { EgressGrant, ProjectId, SandboxId, SessionId, TunnelId } from '@cspace/domain';
import type { Down, Event, Up } from '@cspace/protocol';

/** Who is behind a door. Known from which door was used, never from what the caller says. */
export type Caller = { readonly sessionId: SessionId; readonly sandboxId: SandboxId; readonly projectId: ProjectId };

/** A supervisor's control connection, its lines parsed and bounded. */
export type ControlConnection = {
  send(message: Down): void;
  /** Messages in order; ends when the connection does. A malformed message ends it. */
  readonly messages: AsyncIterable<Up>;
  close(): void;
};

/** What stands behind a model provider's place at the gateway. Never enters a sandbox, an event or an error. */
export type ModelCredential = {
  readonly baseUrl: string;
  readonly header: 'x-api-key' | 'authorization';
  /** The header's whole value (`Bearer …` included). */
  readonly value: string;
};

export type ModelProvider = 'anthropic' | 'openai';

/** What may be pushed: full ref names, `*` at an end matches any rest. */
export type PushGrant = {
  /** The session's own branch: it may be created, moved and forced. */
  readonly branch: string;
  /** Other branches it may create or fast-forward. */
  readonly allow: readonly string[];
  /** Branches it may never touch, even when allowed above. */
  readonly protect: readonly string[];
  readonly workflowFiles: boolean;
  readonly maxPackBytes: number;
};

export type LandOutcome =
  | { readonly kind: 'landed'; readonly where: 'remote' | 'local'; readonly ref: string }
  | { readonly kind: 'failed'; readonly why: string };

export type PushRequest = { readonly branch: string; readonly oldCommit: string; readonly newCommit: string };

/** What the gateway needs of the server. Everything here is asked per request, so a change of policy counts at once. */
export type GatewayPorts = {
  /** A supervisor has connected through this door. */
  control(caller: Caller, connection: ControlConnection): void;
  /** The sandbox's end of a tunnel the server asked for. Returns false for one it did not ask for. */
  tunnel(caller: Caller, tunnelId: TunnelId, stream: Duplex): boolean;
  /** A fact for the session's log. Secrets are taken out before it is stored. */
  record(caller: Caller, event: Event): void;
  /** The server's API, limited to what this session may do. */
  api(caller: Caller, request: IncomingMessage, response: ServerResponse): void;
  credential(provider: ModelProvider): ModelCredential | undefined;
  /** US dollars the session may still spend; undefined without a budget. */
  remainingUsd(caller: Caller): number | undefined;
  /** What may be reached. Empty denies everything. A grant that cannot be read grants nothing. */
  egressAllowed(caller: Caller): readonly EgressGrant[];
  /** Bare repositories of the server: the project's mirror, and this session's shadow repository. */
  repositories(caller: Caller): Promise<{ readonly mirror: string; readonly shadow: string }>;
  pushGrant(caller: Caller): PushGrant;
  /**
   * Lands a push whose objects are in the mirror: writes the intent, forwards to the real remote or the user's repository,
   * moves the mirror's branch. Resolves when the outside has answered.
   */
  land(caller: Caller, push: PushRequest): Promise<LandOutcome>;
};
