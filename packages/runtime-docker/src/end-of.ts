import { constants } from 'node:os';
import type { SandboxEnd } from '@cspace/domain';

/** What the engine tells of a container. */
export type ContainerState = {
  readonly Status: string;
  readonly Pid: number;
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
  readonly StartedAt: string;
  readonly Error?: string;
};

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/**
 * How a container's run ended, or undefined for one that never ran. An init of the engine's own reports a signal as a shell
 * does, 128 and its number. `wasKilled`: we did it, so a full memory before that was not why.
 */
export function endOf(state: ContainerState, wasKilled: boolean): SandboxEnd | undefined {
  if (state.Status === 'created' || state.StartedAt.startsWith('0001-')) return undefined;
  if (state.OOMKilled && state.ExitCode === 128 + 9 && !wasKilled) return { kind: 'limit', limit: 'memory' };
  const signal = SIGNALS.get(state.ExitCode - 128);
  if (signal !== undefined) return { kind: 'signalled', signal };
  // What the engine says of a container that it lost, as when the machine went down.
  if (state.ExitCode === 255 && state.Status !== 'exited') return { kind: 'unknown' };
  return { kind: 'exited', exitCode: state.ExitCode };
}
