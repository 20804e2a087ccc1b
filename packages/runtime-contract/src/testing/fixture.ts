import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ids,
  type Runtime,
  type SandboxCommand,
  type SandboxId,
  type SandboxSeen,
  type SandboxSpec,
} from '@cspace/domain';

import type { ExchangeFiles } from './exchange.ts';

export type RuntimeFixture = {
  readonly runtime: Runtime;
  /** Another runtime over the same machine, as a server that was started again makes it. */
  readonly again: () => Runtime;
  /** How files come out of /opt/exchange where a directory of this machine cannot be mounted. */
  readonly exchangeFiles?: () => Promise<ExchangeFiles>;
  readonly dispose: () => Promise<void>;
};

export const newIds = ids(randomBytes);

/** For calls that nobody gives up. */
export const patient = (): AbortSignal => AbortSignal.timeout(60_000);

export function aSpec(with_: Partial<SandboxSpec> = {}): SandboxSpec {
  return { id: newIds.sandbox(), layers: [], mounts: [], limits: {}, hostname: 'mars', ...with_ };
}

/** A script of a POSIX shell; a runtime without processes knows `exit N` and that all others go on. */
export function sh(script: string, env: Record<string, string> = {}): SandboxCommand {
  return { argv: ['sh', '-c', script], env: { PATH: '/usr/local/bin:/usr/bin:/bin', ...env }, cwd: '/workspace' };
}

export const FOREVER = sh('exec sleep 1000');

export async function seen(runtime: Runtime, id: SandboxId): Promise<SandboxSeen | undefined> {
  return (await runtime.list(patient())).find((one) => one.id === id);
}

/** Asks again until it is so; a failure tells what was seen last. */
export async function until<T>(look: () => Promise<T> | T, isSo: (seen: T) => boolean, timeoutMs = 30_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const now = await look();
    if (isSo(now)) return now;
    if (Date.now() > deadline) throw new Error(`it did not come to that: ${JSON.stringify(now)}`);
    await sleep(10);
  }
}

export async function ended(runtime: Runtime, id: SandboxId) {
  const last = await until(
    () => seen(runtime, id),
    (one) => one?.state === 'ended',
  );
  return last?.state === 'ended' ? last.end : undefined;
}
