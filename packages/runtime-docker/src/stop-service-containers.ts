import type { SandboxId } from '@cspace/domain';
import type { Context } from './context.ts';
import { unlessDone, unlessMissing } from './engine.ts';
import { LABEL, labelled } from './label.ts';
import { removeContainer } from './remove-container.ts';

/** A database may take this long to shut down cleanly, where the run was given any grace. */
const CLEAN_S = 10;

/** Ends what runs beside a sandbox and takes the containers away; volumes stay. */
export async function stopServiceContainers(
  { engine, installation }: Pick<Context, 'engine' | 'installation'>,
  id: SandboxId,
  graceMs: number,
  signal: AbortSignal,
): Promise<void> {
  const labels = labelled({ [LABEL.installation]: await installation(), [LABEL.sandbox]: id });
  const filters = { label: [...labels.label, LABEL.service] };
  const containers = await engine.ask(`stop the services of ${id}`, signal, (abortSignal) =>
    engine.docker.listContainers({ all: true, filters, abortSignal }),
  );
  await Promise.all(
    containers.map(async ({ Id, State }) => {
      const container = engine.docker.getContainer(Id);
      if (State === 'running' && graceMs > 0) {
        const stop = engine.ask(`stop a service of ${id}`, signal, (abortSignal) =>
          container.stop({ t: CLEAN_S, abortSignal }),
        );
        // It has ended by itself, or somebody else has removed it.
        await unlessMissing(unlessDone(stop));
      }
      await removeContainer(engine, container, `remove a service of ${id}`, signal);
    }),
  );
}
