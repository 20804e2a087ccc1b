import { totalmem } from 'node:os';
import type { SandboxLimits } from '@cspace/domain';

/** More processes and threads at once than any build needs, and fewer than would stop the machine. */
const PIDS = 4096;
/** What a sandbox may use of the machine's memory when nobody says otherwise. */
const SHARE_OF_MEMORY = 0.75;

/** The limits of a sandbox for which none are configured: a bomb in it ends it, not the machine. */
export function defaultLimits(memoryBytes = totalmem()): Required<Pick<SandboxLimits, 'memoryBytes' | 'pids'>> {
  return { memoryBytes: Math.floor(memoryBytes * SHARE_OF_MEMORY), pids: PIDS };
}
