import type { SandboxId } from '@cspace/domain';

/** A container is called by the id of its sandbox, so one is made at most. */
export function containerName(id: SandboxId): string {
  return `cspace-${id}`;
}

export function serviceName(id: SandboxId, service: string): string {
  return `cspace-${id}-${service}`;
}
