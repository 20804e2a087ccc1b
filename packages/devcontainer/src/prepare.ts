import { Fault } from '@cspace/domain';
import { findConfig } from './config/find-config.ts';
import { readConfig } from './config/read-config.ts';
import type { Devcontainer } from './devcontainer.ts';
import { type Builder, buildImage } from './engine/build-image.ts';

/** From the files of a project to its devcontainer. */
export async function prepare(builder: Builder, configPath: string | undefined): Promise<Devcontainer> {
  const { tree, docker } = builder;
  const file = await findConfig(tree, configPath);
  const config = readConfig(tree, file, await tree.read(file));
  await docker.answers();
  const { source } = config;
  if (source.kind === 'compose') throw new Fault('lacking', 'Cannot use compose yet');
  const { image, brought } = await buildImage(builder, 'devcontainer', { ...config, source });
  return {
    image: image.id,
    env: brought.env,
    user: brought.user ?? ordinary(image.user),
    setup: brought.setup,
    start: brought.start,
    forwardPorts: brought.ports,
    services: [],
    remarks: [...config.remarks, ...brought.remarks],
  };
}

/** The user of an image, when it names one that is not root. */
function ordinary(user: string): string | undefined {
  const name = user.split(':')[0] ?? '';
  return ['', '0', 'root'].includes(name) ? undefined : name;
}
