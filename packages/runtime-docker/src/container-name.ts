import type { SandboxId } from '@cspace/domain';

const HELPER = 'cspace-making-';

/** A container is called by the id of its sandbox, so one is made at most. */
export function containerName(id: SandboxId): string {
  return `cspace-${id}`;
}

/**
 * A container in which that run of a server makes an image. Told by its name: an image has the labels of the container that it
 * is committed from, and gives them to every sandbox.
 */
export function helperName(run: string, random: string): string {
  return `${HELPER}${run}-${random}`;
}

/** Whether that is the name of one that another run of a server was making something in. */
export function isHelperOfAnother(name: string, run: string): boolean {
  return name.startsWith(HELPER) && !name.startsWith(helperName(run, ''));
}

export function serviceName(id: SandboxId, service: string): string {
  return `cspace-${id}-${service}`;
}
