import type { AgentStart } from '@cspace/protocol';

/** Where an agent finds things inside. */
export type StartOptions = {
  /** The toolbox (`/opt/cspace`). */
  readonly toolbox: string;
  /** The home directory; its configuration is written below it. */
  readonly home: string;
  /** The loopback port that has the model base URLs. */
  readonly forwardPort: number;
  /** What the session is called. An agent that has a title needs no model request to make one up. */
  readonly title: string;
  /** Whether it has tools for the session's browser. */
  readonly browser?: boolean;
  /** Instead of the agent's own. */
  readonly model?: string;
};

/** What a provider decides of a start. `prompt` only where it goes another way than the agent's system prompt. */
export type StartPart = Pick<AgentStart, 'command' | 'env' | 'files' | 'sessionMeta'> & {
  readonly prompt?: string;
};
