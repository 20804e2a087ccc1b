import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceEnd } from '@cspace/domain';
import { type Container, inspect } from './container-of.ts';
import type { Context } from './context.ts';
import { type ContainerState, endOf } from './end-of.ts';
import { lastSaid } from './last-said.ts';

const LAST_WORDS_BYTES = 4096;
/** An engine that does not answer is asked again: its containers may outlive it. */
const AGAIN_MS = 1_000;

/** Resolves once the container of that name does not run, however often the engine goes away meanwhile. */
export async function serviceEnded(context: Context, name: string, signal: AbortSignal): Promise<ServiceEnd> {
  for (;;) {
    try {
      const found = await inspect(context, name, signal);
      if (found === undefined) return { how: 'its container is gone', said: '' };
      if (!found.info.State.Running) {
        return { how: howEnded(found.info.State), said: await lastWords(context, found.api, signal) };
      }
      await found.api.wait({ condition: 'not-running', abortSignal: signal });
    } catch {
      await sleep(AGAIN_MS, undefined, { signal });
    }
  }
}

/** How a service's container ended, as a clause. */
export function howEnded(state: ContainerState): string {
  const end = endOf(state, false);
  switch (end?.kind) {
    case 'exited':
      return `it exited with code ${end.exitCode}`;
    case 'signalled':
      return `it was ended by ${end.signal}`;
    case 'limit':
      return `it reached its limit of ${end.limit}`;
    case 'unknown':
      return 'it ended, and nobody saw how';
    case undefined:
      return 'it was never started';
  }
}

/** The last lines a service has said, on one line. */
export async function lastWords(context: Context, container: Container['api'], signal: AbortSignal): Promise<string> {
  const said = await lastSaid(context, container, LAST_WORDS_BYTES, signal).catch(() => '');
  return said
    .trim()
    .split(/\s*\n\s*/)
    .slice(-5)
    .join('; ');
}
