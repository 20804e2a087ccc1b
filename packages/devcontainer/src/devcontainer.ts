import type { BesideService } from '@cspace/domain';

/** One of the other services of a compose file; its `image` is the id of one that the engine has. */
export type DevcontainerService = BesideService;

/** What a session has to know of its project's devcontainer. */
export type Devcontainer = {
  /** The id of an image that the engine has. */
  readonly image: string;
  /** Over the image's own. `${containerEnv:NAME}` in a value is for whoever knows that environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  /** Scripts for bash in `/workspace`, one after the other: once after the clone, and at every start. */
  readonly setup: readonly string[];
  readonly start: readonly string[];
  readonly forwardPorts: readonly { readonly port: number; readonly label?: string }[];
  /** In the order in which they are started. */
  readonly services: readonly DevcontainerService[];
  /** What is asked for and does not apply to sandboxes, a sentence each. */
  readonly remarks: readonly string[];
};
