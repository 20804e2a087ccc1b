import type { SandboxLimits } from '@cspace/domain';
import type Docker from 'dockerode';

const DEFAULT_PIDS = 4096;
/** A browser's and a database's shared memory; the engine's own default is 64 MB. */
const SHARED_MEMORY_BYTES = 1024 ** 3;

/** What isolates every container of ours: https://docs.docker.com/engine/security/ and the promises. */
export function isolated(limits: SandboxLimits): Docker.HostConfig & { readonly CgroupnsMode: 'private' } {
  return {
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    IpcMode: 'private',
    CgroupnsMode: 'private',
    ShmSize: SHARED_MEMORY_BYTES,
    PidsLimit: limits.pids ?? DEFAULT_PIDS,
    ...(limits.memoryBytes === undefined ? {} : { Memory: limits.memoryBytes, MemorySwap: limits.memoryBytes }),
    ...(limits.cpus === undefined ? {} : { NanoCpus: Math.round(limits.cpus * 1e9) }),
  };
}
