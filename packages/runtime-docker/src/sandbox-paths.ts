import { join } from 'node:path';
import { Fault, SandboxId } from '@cspace/domain';

/** Where things are below the runtime's directory; every name is an id or fixed. */
export function sandboxPaths(directory: string, id: SandboxId) {
  if (!SandboxId.safeParse(id).success)
    throw new Fault('invalid', `Cannot use ${JSON.stringify(id)} as a sandbox: it is not an id`);
  const root = join(directory, 'sandboxes', id);
  return {
    root,
    /** What was asked for, with the layers that were frozen since. */
    spec: join(root, 'spec.json'),
    /** Mounted in the container: what it is to run. */
    run: join(root, 'run'),
    script: join(root, 'run', 'start'),
    /** There while the end of the run is our doing. */
    killed: join(root, 'killed'),
    /** There when we ended it for a limit. */
    limit: join(root, 'limit'),
  } as const;
}
