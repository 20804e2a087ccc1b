import { randomBytes } from 'node:crypto';
import { Fault, type Images, type ReadyImage, type WantedImage } from '@cspace/domain';
import type Docker from 'dockerode';
import { AGENT, agentUser, groupWith, passwdWith } from './agent-user.ts';
import { archiveOf, fileIn } from './archive.ts';
import { helperName, isHelperOfAnother } from './container-name.ts';
import type { Context } from './context.ts';
import { type Engine, statusOf, unlessMissing } from './engine.ts';
import { LABEL, labelled } from './label.ts';
import { removeContainer } from './remove-container.ts';

/** A change of what `prepare` adds is a new number: images that were made fit by another are not used again. */
const FORMAT = 1;
/** The loader of the C library that the toolbox's programs are linked with, by the engine's name of the processor. */
const LOADER: Readonly<Record<string, string>> = {
  amd64: '/lib64/ld-linux-x86-64.so.2',
  arm64: '/lib/ld-linux-aarch64.so.1',
};

/** Finds images and makes them fit for sandboxes; the same one is made once, however many ask. */
export function images(context: Pick<Context, 'engine' | 'installation' | 'run' | 'defaultImage' | 'copies'>): Images {
  const preparing = new Map<string, Promise<string>>();
  return {
    async ready(wanted, signal) {
      const reference = wanted.reference ?? context.defaultImage;
      const found = await findOrPull(context, reference, wanted, signal);
      const env = environmentOf(found.Config.Env ?? []);
      if (wanted.as === 'service') return { id: found.Id, env };
      const key = `${found.Id}@${FORMAT}@${wanted.user ?? ''}`;
      const mine = preparing.get(key) ?? prepared(context, found, key, wanted.user, reference);
      preparing.set(key, mine);
      try {
        return { id: await mine, env } satisfies ReadyImage;
      } finally {
        // The engine is asked again: an image may be removed at any time.
        preparing.delete(key);
      }
    },
    async tidy(inUse, signal) {
      await removeHelpers(context, signal);
      await tidy(context, inUse, signal);
      await context.copies.tidy(signal);
    },
  };
}

/** Containers in which a server that was killed was making an image ready. */
async function removeHelpers(
  { engine, installation, run }: Pick<Context, 'engine' | 'installation' | 'run'>,
  signal: AbortSignal,
): Promise<void> {
  const filters = labelled({ [LABEL.installation]: await installation() });
  const found = await engine.ask('list the containers', signal, (abortSignal) =>
    engine.docker.listContainers({ all: true, filters, abortSignal }),
  );
  for (const { Id, Names } of found) {
    if (!Names.some((name) => isHelperOfAnother(name.slice(1), run))) continue;
    await removeContainer(engine, engine.docker.getContainer(Id), 'remove a container', signal);
  }
}

/** The engine itself counts who uses an image, containers and layers above it, and refuses to remove such a one. */
async function tidy(
  { engine, installation }: Pick<Context, 'engine' | 'installation'>,
  inUse: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { label } = labelled({ [LABEL.installation]: await installation() });
  const filters = { label: [...label, LABEL.prepared] };
  const found = await engine.ask('list the images', signal, (abortSignal) =>
    engine.docker.listImages({ filters, abortSignal }),
  );
  for (const { Id, Labels } of found) {
    if (inUse.includes(Id) || Labels[LABEL.layer] !== undefined) continue;
    try {
      await engine.ask('remove an image', signal, () => engine.docker.getImage(Id).remove());
    } catch (error) {
      if (statusOf(error) === 409) continue;
      // Gone, by another removal: the engine's answers to the later one differ.
      const look = engine.ask('find an image', signal, () => engine.docker.getImage(Id).inspect());
      if ((await unlessMissing(look)) !== undefined) throw error;
    }
  }
}

async function findOrPull(
  { engine, defaultImage }: Pick<Context, 'engine' | 'defaultImage'>,
  reference: string,
  { onProgress, reference: asked }: WantedImage,
  signal: AbortSignal,
): Promise<Docker.ImageInspectInfo> {
  if (!/^[A-Za-z0-9][\w.:/@-]{0,254}$/.test(reference)) {
    throw new Fault('invalid', `Cannot use the image ${JSON.stringify(reference)}: that is not the name of one`);
  }
  const look = () =>
    unlessMissing(
      engine.ask(`find the image ${reference}`, signal, (abortSignal) =>
        engine.docker.getImage(reference).inspect({ abortSignal } as Docker.ImageInspectOptions),
      ),
    );
  const found = await look();
  if (found !== undefined) return found;
  if (asked === undefined && reference === defaultImage) {
    throw new Fault('lacking', `Cannot find the default image ${reference}: it was not built on this engine`, {
      hint: 'Build it from Debian packages with tools/images/build-image.sh base, or name one as sandbox.image',
    });
  }
  onProgress?.(`Fetching ${reference}`);
  await pull(engine, reference, signal, onProgress);
  const pulled = await look();
  if (pulled === undefined) throw notFound(reference, 'it was fetched and is not there', undefined);
  return pulled;
}

async function pull(
  { docker, ask }: Engine,
  reference: string,
  signal: AbortSignal,
  onProgress: WantedImage['onProgress'],
): Promise<void> {
  try {
    const stream = await ask(`fetch the image ${reference}`, signal, (abortSignal) =>
      docker.pull(reference, { abortSignal }),
    );
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(
        stream,
        (error) => (error === null ? resolve() : reject(error)),
        ({ status, progress }) => status !== undefined && onProgress?.(`${status} ${progress ?? ''}`.trim()),
      );
    });
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message.replace(/^.*?: /, '') : String(error);
    throw notFound(reference, `this engine has none of that name, and its registry gives none: ${why}`, error);
  }
}

function notFound(reference: string, why: string, cause: unknown): Fault {
  return new Fault('not-found', `Cannot find the image ${reference}: ${why}`, {
    cause,
    hint: 'docker image ls shows those of this engine; build or pull it, or correct its name',
  });
}

/** The id of the image made fit for sandboxes, found or made. */
async function prepared(
  context: Pick<Context, 'engine' | 'installation' | 'run'>,
  image: Docker.ImageInspectInfo,
  key: string,
  user: string | undefined,
  reference: string,
): Promise<string> {
  const { engine } = context;
  // Once begun it is finished: others may wait for the same one.
  const never = new AbortController().signal;
  const doing = `make the image ${reference} ready`;
  const [made] = await engine.ask(doing, never, (abortSignal) =>
    engine.docker.listImages({ filters: labelled({ [LABEL.prepared]: key }), abortSignal }),
  );
  if (made !== undefined) return made.Id;
  const installation = await context.installation();
  const container = await engine.ask(doing, never, () =>
    engine.docker.createContainer({
      name: helperName(context.run, randomBytes(6).toString('hex')),
      Image: image.Id,
      Entrypoint: ['/bin/sh'],
      Cmd: [],
      Labels: { [LABEL.installation]: installation },
      HostConfig: { NetworkMode: 'none' },
    }),
  );
  try {
    return await engine.ask(doing, never, () => prepare(container, image, key, user, reference));
  } finally {
    await removeContainer(engine, container, doing, never);
  }
}

async function prepare(
  container: Docker.Container,
  image: Docker.ImageInspectInfo,
  key: string,
  asked: string | undefined,
  reference: string,
): Promise<string> {
  await lacksNothing(container, image, reference);
  const read = async (path: string) => {
    const archive = await unlessMissing(container.getArchive({ path }));
    return archive === undefined ? '' : fileIn(archive);
  };
  const [passwd, group] = await Promise.all([read('/etc/passwd'), read('/etc/group')]);
  const agent = agentUser(passwd, asked);
  const root = { uid: 0, gid: 0 };
  const own = { uid: agent.uid, gid: agent.gid };
  const home = { name: AGENT.home.slice(1), mode: 0o755, ...own };
  const entries = archiveOf([
    { name: 'etc/passwd', type: 'file', mode: 0o644, ...root, text: passwdWith(passwd, agent) },
    { name: 'etc/group', type: 'file', mode: 0o644, ...root, text: groupWith(group, agent) },
    { name: 'home', type: 'directory', mode: 0o755, ...root },
    agent.home === undefined
      ? { ...home, type: 'directory' }
      : { ...home, type: 'symlink', linkname: agent.home, mode: 0o777 },
    { name: 'workspace', type: 'directory', mode: 0o755, ...own },
    { name: 'tmp', type: 'directory', mode: 0o1777, ...root },
  ]);
  await container.putArchive(await entries, { path: '/' });
  const changes = [`USER ${agent.uid}:${agent.gid}`, `LABEL ${LABEL.prepared}=${key}`, 'WORKDIR /'].join('\n');
  const { Id } = (await container.commit({ changes })) as { Id: string };
  return Id;
}

/** Says what an image has not that a sandbox needs. */
async function lacksNothing(container: Docker.Container, image: Docker.ImageInspectInfo, reference: string) {
  const has = async (path: string) => (await unlessMissing(container.infoArchive({ path }))) !== undefined;
  const refuse = (why: string, hint: string) =>
    new Fault('lacking', `Cannot make a sandbox of the image ${reference}: ${why}`, { hint });
  if (image.Os !== 'linux') throw refuse(`it is for ${image.Os}`, 'Use an image for Linux');
  if (!(await has('/bin/sh')))
    throw refuse('it has no shell (/bin/sh)', 'Use an image with a shell, such as a Debian one');
  if (!(await has('/usr/bin/env')) && !(await has('/bin/env')))
    throw refuse('it has no env program', 'Use an image with coreutils');
  if (!(await has('/bin/bash'))) throw refuse('it has no bash', 'Install bash in it: scripts and terminals run in it');
  if (!(await has('/usr/bin/git')) && !(await has('/usr/local/bin/git')))
    throw refuse('it has no git', 'Install git in it: the clone is made inside');
  const loader = LOADER[image.Architecture];
  if (loader !== undefined && !(await has(loader)))
    throw refuse(
      'its C library is not glibc, which the agents are built for',
      'Use an image of Debian, Ubuntu, Fedora or another with glibc, not Alpine',
    );
}

function environmentOf(list: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    list.map((entry) => {
      const at = entry.indexOf('=');
      return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}
