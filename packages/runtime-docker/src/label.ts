import type { SandboxSpec } from '@cspace/domain';

/** Labels of everything of ours in an engine, so that it can be told whose it is and be cleaned up. */
export const LABEL = {
  /** The installation (a server's data directory) that made it. */
  installation: 'dev.cspace.installation',
  project: 'dev.cspace.project',
  session: 'dev.cspace.session',
  sandbox: 'dev.cspace.sandbox',
  /** On a service's container and volumes: its name. */
  service: 'dev.cspace.service',
  /** On a service's volume: its name in the configuration. */
  volume: 'dev.cspace.volume',
  /** On a frozen layer's image: all its layers, lowest first, itself last. */
  layers: 'dev.cspace.layers',
  layer: 'dev.cspace.layer',
  /** On an image made fit for sandboxes: what it was made from, and how. */
  prepared: 'dev.cspace.prepared',
  /** On a container through which a volume is filled: the sandbox that this is done for. */
  filler: 'dev.cspace.filler',
  /** On a volume with a copy of a directory of the server's: that directory. */
  copy: 'dev.cspace.copy',
} as const;

/** As the engine's filters want it. */
export function labelled(labels: Readonly<Record<string, string>>): { label: string[] } {
  return { label: Object.entries(labels).map(([name, value]) => `${name}=${value}`) };
}

/** Those of a sandbox's container, and of what runs beside it. */
export function labelsOf(spec: SandboxSpec, installation: string): Record<string, string> {
  return {
    [LABEL.installation]: installation,
    [LABEL.sandbox]: spec.id,
    ...(spec.owner === undefined
      ? {}
      : { [LABEL.project]: spec.owner.projectId, [LABEL.session]: spec.owner.sessionId }),
  };
}
