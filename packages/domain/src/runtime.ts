import * as z from 'zod';
import type { LayerId, SandboxId } from './id.ts';
import type { LimitName, SandboxLimits } from './limits.ts';

export const RuntimeKind = z.enum(['bubblewrap', 'docker', 'swarm', 'memory']);
export type RuntimeKind = z.infer<typeof RuntimeKind>;

/** A directory of ours shown inside a sandbox. `source` is a host path the server made; `target` is absolute, inside. */
export type SandboxMount = {
  readonly source: string;
  readonly target: string;
  readonly mode: 'read-only' | 'read-write';
};

export type SandboxSpec = {
  readonly id: SandboxId;
  /** Frozen layers over the runtime's base, lowest first. */
  readonly layers: readonly LayerId[];
  readonly mounts: readonly SandboxMount[];
  readonly limits: SandboxLimits;
  /** Letters, digits and `-` only. */
  readonly hostname: string;
};

/** What runs in a sandbox. Its end is the end of every process in the sandbox. */
export type SandboxCommand = {
  readonly argv: readonly [string, ...string[]];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
};

/** Why the processes of a sandbox ended. */
export type SandboxEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'limit'; readonly limit: LimitName }
  /** Nobody was there to see it, as after a reboot of the machine. */
  | { readonly kind: 'unknown' };

export type SandboxSeen =
  | { readonly id: SandboxId; readonly state: 'idle' }
  | { readonly id: SandboxId; readonly state: 'running'; readonly pid: number; readonly startedAtMs: number }
  | { readonly id: SandboxId; readonly state: 'ended'; readonly end: SandboxEnd };

/** One thing `doctor` says of a runtime. `weaker`: it works, with less protection than promised, and says which. */
export type RuntimeProblem = { readonly severity: 'missing' | 'weaker'; readonly what: string; readonly hint: string };

export type RuntimeReport = {
  readonly kind: RuntimeKind;
  readonly usable: boolean;
  readonly version: string | undefined;
  /** Which limits are enforced here, and by what (`cgroup v1`, `cgroup v2`, `measured every 2 s`, …). */
  readonly limits: Readonly<Partial<Record<LimitName, string>>>;
  readonly problems: readonly RuntimeProblem[];
};

/**
 * Makes sandboxes. A sandbox outlives the server that made it: a new server finds it by `list`.
 *
 * - `create` MUST be idempotent for the same id, and MUST leave nothing behind when it fails.
 * - `start` MUST end any former run of that sandbox first: one sandbox never has two runs. The run MUST go on when
 *   the server dies. It resolves when the command's process exists, with its standard output and error going to
 *   `logPath(id)`'s file or being dropped; it MUST NOT wait for the command.
 * - `stop` MUST end every process of the run before it resolves and MUST keep the files; stopping what does not run succeeds.
 *   `graceMs` is how long SIGTERM may take before SIGKILL (0: at once).
 * - `destroy` MUST stop, then remove all that `create` and `start` made on the machine (processes, mounts, cgroups,
 *   sockets, directories); destroying a stranger succeeds.
 * - `list` MUST tell what the machine really shows, not what is remembered, and MUST tell why a run ended when it was seen.
 * - `probe` MUST try for real (a start that runs a command), not look for files.
 * - Inside: no network but loopback, no capability, no way to gain one, its own process, mount, IPC and user namespaces.
 *   The home is `/home/agent`, the user is never root, `/tmp` is writable by it, `/workspace` is its own and empty at first.
 * - Faults: `lacking` when the machine cannot; `limit` when a limit hit during the call; `unavailable` when a daemon does not answer.
 */
export type Runtime = {
  readonly kind: RuntimeKind;
  readonly snapshots: Snapshots | undefined;
  create(spec: SandboxSpec, signal: AbortSignal): Promise<void>;
  start(id: SandboxId, command: SandboxCommand, signal: AbortSignal): Promise<void>;
  stop(id: SandboxId, graceMs: number, signal: AbortSignal): Promise<void>;
  destroy(id: SandboxId, signal: AbortSignal): Promise<void>;
  list(signal: AbortSignal): Promise<readonly SandboxSeen[]>;
  probe(signal: AbortSignal): Promise<RuntimeReport>;
};

/**
 * A runtime that can freeze a writable layer.
 *
 * - `take` MUST turn what the sandbox has written into the layer `layer` and MUST leave the sandbox as it was, with the frozen
 *   layer under a new empty writable one; the sandbox MUST NOT be running. Cost MUST NOT depend on the amount written.
 *   Restoring is creating a sandbox whose `layers` end with it.
 * - `remove` MUST refuse (`conflict`) while a sandbox uses the layer; removing a stranger succeeds.
 */
export type Snapshots = {
  take(id: SandboxId, layer: LayerId, signal: AbortSignal): Promise<void>;
  remove(layer: LayerId, signal: AbortSignal): Promise<void>;
  list(signal: AbortSignal): Promise<readonly LayerId[]>;
};
