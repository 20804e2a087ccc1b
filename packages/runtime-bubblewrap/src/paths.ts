import { join } from 'node:path';
import { Fault, type LayerId, SandboxId } from '@cspace/domain';

/** Where things are under the runtime's directory. All names are ids or fixed: a path of the host is never part of an option. */
export function sandboxPaths(directory: string, id: SandboxId) {
  if (!SandboxId.safeParse(id).success)
    throw new Fault('invalid', `Cannot use ${JSON.stringify(id)} as a sandbox: it is not an id`);
  const root = join(directory, 'sandboxes', id);
  return {
    root,
    /** What was asked for; written last by `create`, so its absence means half-made. */
    spec: join(root, 'spec.json'),
    upper: join(root, 'upper'),
    work: join(root, 'work'),
    /** The lowest layer: mount points, host name. */
    own: join(root, 'own'),
    /** What the launcher of the current run is to do, the only file in here. */
    job: join(root, 'job'),
    arguments: join(root, 'arguments'),
    /** Which processes the run is, and how it ended: written by the launcher. */
    run: join(root, 'run.json'),
    end: join(root, 'end.json'),
    /** The limit the runtime ended it for. */
    limit: join(root, 'limit'),
    log: join(root, 'output.log'),
  } as const;
}

export type SandboxPaths = ReturnType<typeof sandboxPaths>;

/** The file with the last output of a sandbox's run; what came before it is in the same name with `.1`. */
export function logPath(directory: string, id: SandboxId): string {
  return sandboxPaths(directory, id).log;
}

export function layerPath(directory: string, layer: LayerId): string {
  return join(directory, 'layers', layer);
}
