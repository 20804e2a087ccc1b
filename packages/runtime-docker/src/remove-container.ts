import type Docker from 'dockerode';
import { type Engine, statusOf, unlessMissing } from './engine.ts';

const ATTEMPTS = 3;

/** Takes a container away, running or not, and resolves once it is gone: also where somebody else is about to take it away. */
export async function removeContainer(
  engine: Engine,
  container: Docker.Container,
  doing: string,
  signal: AbortSignal,
): Promise<void> {
  for (let left = ATTEMPTS; ; left--) {
    try {
      await unlessMissing(engine.ask(doing, signal, () => container.remove({ force: true, v: true })));
      return;
    } catch (error) {
      if (statusOf(error) !== 409 || left === 1) throw error;
    }
    // Its removal is in progress; one that fails leaves it, and is tried again.
    await unlessMissing(
      engine.ask(doing, signal, (abortSignal) => container.wait({ condition: 'removed', abortSignal })),
    );
  }
}
