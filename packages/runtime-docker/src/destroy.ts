import { rm } from 'node:fs/promises';
import type { SandboxId } from '@cspace/domain';
import { containerName } from './container-name.ts';
import type { Context } from './context.ts';
import { unlessMissing } from './engine.ts';
import { LABEL, labelled } from './label.ts';
import { removeContainer } from './remove-container.ts';
import { sandboxPaths } from './sandbox-paths.ts';
import { stopServiceContainers } from './stop-service-containers.ts';

/** Takes away containers, volumes and files. */
export async function destroySandbox(context: Context, id: SandboxId, signal: AbortSignal): Promise<void> {
  const { engine, directory, installation } = context;
  const paths = sandboxPaths(directory, id);
  context.relays.close(id);
  await stopServiceContainers(context, id, 0, signal);
  await removeContainer(engine, engine.docker.getContainer(containerName(id)), `destroy ${id}`, signal);
  const ours = { [LABEL.installation]: await installation() };
  const fillers = await engine.ask(`destroy ${id}`, signal, (abortSignal) =>
    engine.docker.listContainers({ all: true, filters: labelled({ ...ours, [LABEL.filler]: id }), abortSignal }),
  );
  for (const { Id } of fillers) await removeContainer(engine, engine.docker.getContainer(Id), `destroy ${id}`, signal);
  const filters = labelled({ ...ours, [LABEL.sandbox]: id });
  const { Volumes } = await engine.ask(`destroy ${id}`, signal, (abortSignal) =>
    engine.docker.listVolumes({ filters, abortSignal }),
  );
  for (const { Name } of Volumes ?? []) {
    await unlessMissing(engine.ask(`destroy a volume of ${id}`, signal, () => engine.docker.getVolume(Name).remove()));
  }
  await rm(paths.root, { recursive: true, force: true });
}
