import * as z from 'zod';
import type { LayerId, ProjectId, SandboxId, SessionId } from './id.ts';
import type { LimitName, SandboxLimits } from './limits.ts';

export const RuntimeKind = z.enum(['bubblewrap', 'docker', 'swarm', 'memory']);
export type RuntimeKind = z.infer<typeof RuntimeKind>;

/**
 * A directory of ours shown inside a sandbox. `source` is a host path the server made; `target` is absolute, inside. A runtime
 * that cannot show the directory itself, as with an engine on another machine, shows a copy of what it held when the sandbox
 * was created, refuses one that is to be written (`lacking`), and leaves out one that is only a convenience.
 */
export type SandboxMount = {
  readonly source: string;
  readonly target: string;
  readonly mode: 'read-only' | 'read-write';
  /** The sandbox can do without it. */
  readonly isConvenience?: boolean;
};

/** The one way out of a sandbox: a directory of ours, shown read-only inside, in which a socket listens. */
export type SandboxDoor = {
  readonly source: string;
  /** Absolute, inside; nothing else is in that directory. */
  readonly target: string;
  /** The socket's name in it. */
  readonly socket: string;
  /**
   * The program inside that takes the place of the socket where the directory cannot be shown: given the path to listen at, it
   * carries every connection as one CONNECT of the HTTP/2 session on its standard streams, of which it is the client.
   */
  readonly relay: readonly [string, ...string[]];
};

/**
 * A service beside a sandbox: a container of its own that shares only the sandbox's network namespace, so `localhost` inside
 * is where it listens.
 */
export type SandboxService = {
  /** As in the configuration; unique in its sandbox. */
  readonly name: string;
  /** The id of an image, as `Images.ready` gave it. */
  readonly image: string;
  /** Absent: what the image runs by itself. */
  readonly argv?: readonly [string, ...string[]];
  /** Over the image's own. */
  readonly env: Readonly<Record<string, string>>;
  /** A command of its shell that succeeds once it is ready; absent: running is ready. */
  readonly health?: string;
  /** Kept as long as the sandbox, and nobody else's. `target` is absolute, inside the service. */
  readonly volumes: readonly { readonly name: string; readonly target: string }[];
};

export type SandboxSpec = {
  readonly id: SandboxId;
  /** Where the runtime has images: the id of the one the sandbox is made of; absent: the runtime's own base. */
  readonly image?: string;
  /** Frozen layers over the image or the runtime's base, lowest first. */
  readonly layers: readonly LayerId[];
  /** What may run beside it; only for a runtime that has `services`. */
  readonly services?: readonly SandboxService[];
  /** Whose it is, for people who look at the machine. */
  readonly owner?: { readonly projectId: ProjectId; readonly sessionId: SessionId };
  readonly mounts: readonly SandboxMount[];
  readonly door?: SandboxDoor;
  readonly limits: SandboxLimits;
  /** Letters, digits and `-` only. */
  readonly hostname: string;
};

/** Everything that is shown inside, the door too. */
export function mountsOf({ mounts, door }: SandboxSpec): readonly SandboxMount[] {
  if (door === undefined) return mounts;
  return [{ source: door.source, target: door.target, mode: 'read-only' }, ...mounts];
}

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
  readonly images?: Images;
  readonly services?: Services;
  create(spec: SandboxSpec, signal: AbortSignal): Promise<void>;
  start(id: SandboxId, command: SandboxCommand, signal: AbortSignal): Promise<void>;
  stop(id: SandboxId, graceMs: number, signal: AbortSignal): Promise<void>;
  destroy(id: SandboxId, signal: AbortSignal): Promise<void>;
  list(signal: AbortSignal): Promise<readonly SandboxSeen[]>;
  probe(signal: AbortSignal): Promise<RuntimeReport>;
};

/** An image that sandboxes can be made of. */
export type ReadyImage = {
  /** Its content's own name: the same reference may mean another image tomorrow. */
  readonly id: string;
  /** The environment it was made with. */
  readonly env: Readonly<Record<string, string>>;
};

/** A runtime whose sandboxes are made of images. */
export type Images = {
  /**
   * Finds an image, or fetches it, and makes it fit for sandboxes: the user `agent`, its home and `/workspace` are added.
   * Faults: `not-found` when there is none of that name; `lacking` when it has not what a sandbox needs, and says what.
   */
  ready(wanted: WantedImage, signal: AbortSignal): Promise<ReadyImage>;
  /**
   * Takes away what `ready` added to images, but for those of these ids and those that something is made of, and copies of
   * directories that no sandbox is shown any more.
   */
  tidy(inUse: readonly string[], signal: AbortSignal): Promise<void>;
};

export type WantedImage = {
  /** Absent: the runtime's default image. */
  readonly reference?: string | undefined;
  /** One for a service is taken as it is. */
  readonly as: 'sandbox' | 'service';
  /** The user of the image that becomes `agent`; absent, and for root, the one with the number 1000 or a new one. */
  readonly user?: string | undefined;
  readonly onProgress?: (line: string) => void;
};

/** How a service beside a sandbox ended, as a clause, and the last lines it said, on one line. */
export type ServiceEnd = { readonly how: string; readonly said: string };

/**
 * A runtime that runs services beside a sandbox, for as long as its run: they end with `stop`, before the next `start`, and go
 * with `destroy`.
 */
export type Services = {
  /**
   * Starts one of the spec's beside the run, and resolves once it is healthy; one that runs is left alone. Faults: `conflict`
   * when the sandbox does not run, `failed` with the last it said when it ends or is not healthy in time.
   */
  start(id: SandboxId, service: string, signal: AbortSignal): Promise<void>;
  /** Resolves once it does not run, at once when it does not now. `not-found` when the sandbox has no such service. */
  ended(id: SandboxId, service: string, signal: AbortSignal): Promise<ServiceEnd>;
  /** The last it said, both streams, at most `maxBytes`. `not-found` when the sandbox has no such service. */
  log(id: SandboxId, service: string, maxBytes: number, signal: AbortSignal): Promise<string>;
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
