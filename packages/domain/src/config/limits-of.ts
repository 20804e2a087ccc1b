import { parseBytes } from '../bytes.ts';
import { parseDuration } from '../duration.ts';
import type { SessionLimits } from '../limits.ts';
import { type Config, DEFAULT_CONFIG } from './config.ts';

/** A configuration's limits as numbers: bytes, milliseconds, dollars. */
export function limitsOf(config: Config): SessionLimits {
  const { memory, disk, cpus, pids, budgetUsd, timeout, idle } = config.limits ?? {};
  return {
    ...(memory === undefined ? {} : { memoryBytes: parseBytes(memory) }),
    ...(disk === undefined ? {} : { diskBytes: parseBytes(disk) }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(pids === undefined ? {} : { pids }),
    ...(budgetUsd === undefined ? {} : { budgetUsd }),
    turnMs: parseDuration(timeout ?? DEFAULT_CONFIG.limits.timeout),
    idleMs: parseDuration(idle ?? DEFAULT_CONFIG.limits.idle),
  };
}
