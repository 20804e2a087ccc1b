import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@cspace/domain';
import type { Config, ImageSource } from '../config/read-config.ts';
import { readDockerfile } from '../config/read-dockerfile.ts';
import { type Brought, readMerged } from '../config/read-merged.ts';
import { contentHash, directoryHash } from '../content-hash.ts';
import type { inTurn } from '../in-turn.ts';
import { type StagedFeatures, stageConfig, stageFeatures } from '../stage.ts';
import type { Tree } from '../tree.ts';
import { buildLog } from './build-log.ts';
import { buildWithCli, lastWords, readConfiguration, referenceVersion } from './build-with-cli.ts';
import type { Docker, ImageSeen } from './docker.ts';
import type { Workplace } from './workplace.ts';

/** A change of what is built or kept is a new number: images that were built by another are not used again. */
const FORMAT = 1;
const LABEL = 'cspace.devcontainer';
const SESSION_LABEL = 'cspace.devcontainer.session';
const MAX_LABEL_BYTES = 100_000;
/** Where the reference implementation puts features for builds without BuildKit, whoever builds. */
const SCRATCH = 'dev_container_feature_content_temp';

export type Builder = {
  readonly tree: Tree;
  readonly place: Workplace;
  readonly docker: Docker;
  readonly alone: ReturnType<typeof inTurn>;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
};

export type Built = { readonly image: ImageSeen; readonly brought: Brought };
type Wanted = Pick<Config, 'file' | 'settings' | 'features'> & { readonly source: ImageSource };

/**
 * The image of a configuration and what it brings, found by its content or built. Faults: `invalid`, `not-found` for a base
 * image, `failed` with the last lines of the build; a failure leaves nothing behind.
 */
export async function buildImage(builder: Builder, name: string, wanted: Wanted): Promise<Built> {
  const { tree, place, docker, alone, signal } = builder;
  const project = join(place.directory, name, 'project');
  await mkdir(project, { recursive: true });
  const features = await stageFeatures(tree, wanted, project, signal);
  const key = await contentOf(builder, wanted, features);
  const tag = `cspace/devcontainer:${key}`;
  const find = async (): Promise<Built | undefined> => {
    // By its tag: a label may be set by any Dockerfile, and so by another project.
    const image = await docker.image(tag);
    const kept = image?.labels[LABEL] === key ? image.labels[SESSION_LABEL] : undefined;
    return image === undefined || kept === undefined ? undefined : { image, brought: JSON.parse(kept) as Brought };
  };
  const found = await find();
  if (found !== undefined) return found;
  return alone(signal, async () => {
    const meanwhile = await find();
    if (meanwhile !== undefined) return meanwhile;
    await build(builder, wanted, project, { key, tag });
    const built = await find();
    if (built === undefined) throw new Error(`The image ${tag} was built and is not there`);
    return built;
  });
}

async function build(
  { tree, place, docker, onProgress, signal }: Builder,
  wanted: Wanted,
  project: string,
  { key, tag }: { readonly key: string; readonly tag: string },
): Promise<void> {
  const startedAtMs = Date.now();
  const log = buildLog(onProgress);
  let isBuilt = false;
  try {
    const unlabelled = await stageConfig(tree, project, wanted, wanted.source, []);
    const brought = readMerged(wanted.file, await readConfiguration(place, unlabelled, log, signal));
    const labels = [`${LABEL}=${key}`, `${SESSION_LABEL}=${JSON.stringify(brought)}`];
    if (Buffer.byteLength(labels.join()) > MAX_LABEL_BYTES) {
      throw new Fault('invalid', `Cannot use ${wanted.file}: its commands and variables are longer than 100 kB`);
    }
    const staged = await stageConfig(tree, project, wanted, wanted.source, labels);
    isBuilt = await buildWithCli(place, staged, { tag, labels }, log, signal);
    if (!isBuilt) {
      throw new Fault('failed', `Cannot build the devcontainer ${wanted.file}: ${lastWords(log)}`, {
        hint: 'The lines before say more; the same build runs with devcontainer build --workspace-folder .',
      });
    }
  } finally {
    if (!isBuilt) await takeAway(docker, log.made(), startedAtMs);
    await docker.discardNew(SCRATCH, 0);
  }
}

/** What a build that failed leaves: its containers, and images without a name that it made. */
async function takeAway(
  docker: Docker,
  made: { readonly containers: readonly string[]; readonly images: readonly string[] },
  startedAtMs: number,
): Promise<void> {
  for (const id of made.containers) await docker.discard(id);
  for (const id of made.images) await docker.discardNew(id, startedAtMs);
}

/** A name for everything that the image depends on. */
async function contentOf(builder: Builder, wanted: Wanted, features: StagedFeatures): Promise<string> {
  const { source, settings } = wanted;
  const shared = { FORMAT, reference: referenceVersion(), file: wanted.file, settings, features };
  if (source.kind === 'image') return contentHash({ ...shared, image: (await builder.docker.obtain(source.image)).id });
  const { tree, docker, signal } = builder;
  const dockerfile = await tree.read(source.dockerfile);
  const context = await tree.locate(source.context);
  const needs = readDockerfile(dockerfile, source.args);
  const bases: ImageSeen[] = [];
  for (const image of needs.images) bases.push(await docker.obtain(image));
  const usesContext = needs.usesContext || bases.some(({ onBuild }) => onBuild.length > 0);
  await refuseOddIgnoreFiles(tree, source);
  return contentHash({
    ...shared,
    dockerfile,
    args: source.args,
    target: source.target ?? null,
    bases: bases.map(({ id }) => id),
    context: usesContext ? await directoryHash(context, signal) : null,
  });
}

/** The client reads these on the host, and would follow a link. */
async function refuseOddIgnoreFiles(
  tree: Tree,
  { context, dockerfile }: ImageSource & { kind: 'build' },
): Promise<void> {
  for (const path of [join(context, '.dockerignore'), `${dockerfile}.dockerignore`])
    if (await tree.has(path)) await tree.read(path);
}
