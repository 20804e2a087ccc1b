/** What a sandbox looks like from inside: the fixed places that server, runtime and supervisor agree on. */
export const INSIDE = {
  home: '/home/agent',
  workspace: '/workspace',
  /** Read-only: a Node, the supervisor, the CLI, the agents. */
  toolbox: '/opt/cspace',
  /** The directory of the door, and the door: the only way out. */
  doorDirectory: '/run/cspace',
  door: '/run/cspace/gateway.sock',
  /** Read-only: the mirror's `objects` directory. */
  mirrorObjects: '/opt/cspace-mirror/objects',
  /** The supervisor's own files in the writable layer: outbox, taken prompts, conversation. */
  state: '/home/agent/.local/state/cspace',
  /** A file put here comes out as an artifact of the session. */
  artifacts: '/home/agent/artifacts',
  /** Where hooks and tools reach the supervisor. */
  supervisorSocket: '/home/agent/.local/state/cspace/supervisor.sock',
  /** The loopback port that forwards to the door: proxy, git remote, model base URLs and API are all on it. */
  forwardPort: 3128,
  /** The loopback port where a browser is, once somebody connects. */
  browserPort: 9222,
  /** Where that browser itself listens, also one that runs beside the sandbox. */
  browserOwnPort: 9223,
} as const;

/**
 * The `PATH` inside: the product's own command first, then what the image or the machine has, and at the end a Node and an npm for
 * those that have none. A project's own Node is the one that its tests are to run with.
 */
export function pathInside(path: string, toolbox: string = INSIDE.toolbox): string {
  return `${toolbox}/commands:${path}:${toolbox}/bin`;
}

/** Paths on the door. The forwarder offers the same ones at `http://127.0.0.1:3128`. */
export const DOOR = {
  control: '/control',
  tunnel: '/tunnel/',
  git: '/git/origin.git',
  anthropic: '/model/anthropic',
  openai: '/model/openai',
  api: '/v1',
} as const;

/** Where a supervisor pushes shadow commits; the gateway stores them apart, where no sandbox can read them. */
export const SHADOW_REF = 'refs/cspace/shadow';

/** What stands in for a model key inside; the gateway puts the real one in. */
export const PLACEHOLDER_KEY = 'cspace-placeholder-key';
