import type { SandboxId } from '@cspace/domain';
import type { Copies } from './copies.ts';
import type { ContainerState } from './end-of.ts';
import type { Engine } from './engine.ts';
import type { Relays } from './relays.ts';

/** What every verb of the runtime works with. */
export type Context = {
  readonly directory: string;
  readonly engine: Engine;
  readonly installation: () => Promise<string>;
  /** This run of the server: what a former one was making is told by it. */
  readonly run: string;
  /** The image of a sandbox whose spec names none. */
  readonly defaultImage: string;
  /** Directories of the server's own; nothing else is ever shown inside. */
  readonly shown: readonly string[];
  /** For an engine that cannot mount directories of this machine. */
  readonly copies: Copies;
  readonly relays: Relays;
  /** One thing at a time happens to a sandbox. */
  readonly alone: <T>(id: SandboxId, act: () => Promise<T>) => Promise<T>;
  /**
   * What was last seen of a container, by its id, so that looking at fifty costs one question: only this process starts them,
   * so one that still runs is the same run. `atMs`: when, as `performance.now()` has it.
   */
  readonly seen: Map<string, { readonly state: ContainerState; readonly atMs: number }>;
};
