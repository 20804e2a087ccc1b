import type { SandboxId } from '@cspace/domain';
import type Docker from 'dockerode';
import { containerName } from './container-name.ts';
import type { Context } from './context.ts';
import { unlessMissing } from './engine.ts';

export type Container = { readonly api: Docker.Container; readonly info: Docker.ContainerInspectInfo };

/** The container of a sandbox as it is now, or undefined when there is none. */
export function containerOf(
  context: Pick<Context, 'engine'>,
  id: SandboxId,
  signal: AbortSignal,
): Promise<Container | undefined> {
  return inspect(context, containerName(id), signal);
}

/** A container by its name. */
export async function inspect(
  { engine }: Pick<Context, 'engine'>,
  name: string,
  signal: AbortSignal,
): Promise<Container | undefined> {
  const api = engine.docker.getContainer(name);
  const info = await unlessMissing(
    engine.ask(`look at ${name}`, signal, (abortSignal) => api.inspect({ abortSignal })),
  );
  return info === undefined ? undefined : { api, info };
}
