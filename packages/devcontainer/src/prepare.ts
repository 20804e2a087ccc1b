import { Fault } from '@cspace/domain';
import { type Beside, type Composition, readCompose } from './compose/read-compose.ts';
import { findConfig } from './config/find-config.ts';
import { type Config, readConfig, type Settings } from './config/read-config.ts';
import type { Devcontainer, DevcontainerService } from './devcontainer.ts';
import { type Builder, buildImage } from './engine/build-image.ts';
import type { ImageSeen } from './engine/docker.ts';

/** From the files of a project to its devcontainer. */
export async function prepare(builder: Builder, configPath: string | undefined): Promise<Devcontainer> {
  const { tree, docker } = builder;
  const file = await findConfig(tree, configPath);
  const config = readConfig(tree, file, await tree.read(file));
  const { source } = config;
  const composition = source.kind === 'compose' ? await readCompose(tree, source) : undefined;
  const names = namesOf(composition);
  await docker.answers();
  const wanted = source.kind === 'compose' ? withMain(config, composition) : { ...config, source };
  const { image, brought } = await buildImage(builder, 'devcontainer', wanted);
  const services: DevcontainerService[] = [];
  for (const each of composition?.beside ?? []) {
    services.push(await serviceOf(builder, config, each, names.get(each.name) ?? each.name));
  }
  return {
    image: image.id,
    env: brought.env,
    user: brought.user ?? ordinary(image.user),
    setup: brought.setup,
    start: brought.start,
    forwardPorts: brought.ports,
    services,
    remarks: [...config.remarks, ...(composition?.remarks ?? []), ...brought.remarks],
  };
}

/** The configuration with what a compose file says of its service, which the configuration itself goes over. */
function withMain(config: Config, composition: Composition | undefined) {
  if (composition === undefined) throw new Error('A compose source has a composition');
  const { source, env, user, ports } = composition.main;
  const { containerEnv, containerUser = user, forwardPorts, ...settings } = config.settings;
  const merged: Settings = {
    ...settings,
    containerEnv: { ...env, ...(containerEnv as Record<string, string> | undefined) },
    forwardPorts: [...((forwardPorts as unknown[] | undefined) ?? []), ...ports],
    ...(containerUser !== undefined && { containerUser }),
  };
  return { ...config, settings: merged, source };
}

async function serviceOf(
  builder: Builder,
  { file }: Config,
  beside: Beside,
  name: string,
): Promise<DevcontainerService> {
  const image = await imageOf(builder, file, beside, name);
  const argv = argvOf(image, beside);
  return {
    name,
    image: image.id,
    ...(argv !== undefined && { argv }),
    env: beside.env,
    ...(beside.health !== undefined && { health: beside.health }),
    ports: beside.ports,
    volumes: beside.volumes,
  };
}

/** An image as it is, or one that is built as the sandbox's own is. */
async function imageOf(builder: Builder, file: string, { source }: Beside, name: string): Promise<ImageSeen> {
  if (source.kind === 'image') return builder.docker.obtain(source.image);
  const wanted = { file, settings: {}, features: [], source };
  return (await buildImage(builder, `service-${name}`, wanted)).image;
}

/** A command without an entrypoint is for the image's own. */
function argvOf(image: ImageSeen, { entrypoint, command }: Beside): [string, ...string[]] | undefined {
  if (entrypoint === undefined && command === undefined) return undefined;
  const [program, ...rest] = [...(entrypoint ?? image.entrypoint), ...(command ?? [])];
  return program === undefined ? undefined : [program, ...rest];
}

/** What services are called: lower case, digits and `-`, as in `.cspace.json`. */
function namesOf(composition: Composition | undefined): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { name } of composition?.beside ?? []) {
    const short = name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 63);
    if (short === '' || [...names.values()].includes(short)) {
      throw new Fault(
        'invalid',
        `Cannot use the service ${name}: its name as letters, digits and - is ${short || 'nothing'}, which is taken`,
        {
          hint: 'Rename it',
        },
      );
    }
    names.set(name, short);
  }
  return names;
}

/** The user of an image, when it names one that is not root. */
function ordinary(user: string): string | undefined {
  const name = user.split(':')[0] ?? '';
  return ['', '0', 'root'].includes(name) ? undefined : name;
}
