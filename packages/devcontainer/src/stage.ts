import { cp, lstat, mkdir, readdir, realpath, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { Fault } from '@cspace/domain';
import { type Config, type ImageSource, localFeatures } from './config/read-config.ts';
import { directoryHash } from './content-hash.ts';
import type { Staged } from './engine/build-with-cli.ts';
import type { Tree } from './tree.ts';

/** Local features, copied: by their folder in the tree, what their content is called. */
export type StagedFeatures = Readonly<Record<string, string>>;

/** Copies the local features of a configuration to where the reference implementation finds them. Throws `invalid`, `not-found`. */
export async function stageFeatures(
  tree: Tree,
  config: Pick<Config, 'file' | 'features'>,
  project: string,
  signal: AbortSignal,
): Promise<StagedFeatures> {
  const hashes: [string, string][] = [];
  for (const folder of localFeatures(tree, config)) {
    if (!folder.startsWith('.devcontainer/')) {
      throw new Fault('invalid', `Cannot use the feature ${folder}: it is not below .devcontainer`, {
        hint: 'Features of the repository are folders below .devcontainer',
      });
    }
    const source = await tree.locate(folder);
    await refuseLinksOut(source, folder);
    const target = join(project, folder);
    await mkdir(dirname(target), { recursive: true });
    await cp(source, target, { recursive: true, verbatimSymlinks: true, errorOnExist: true, force: false });
    hashes.push([folder, await directoryHash(target, signal)]);
  }
  return Object.fromEntries(hashes);
}

/** Writes the devcontainer.json that the reference implementation gets: only what was checked, whatever the project's has. */
export async function stageConfig(
  tree: Tree,
  project: string,
  { file, settings, features }: Pick<Config, 'file' | 'settings' | 'features'>,
  source: ImageSource,
  labels: readonly string[],
): Promise<Staged> {
  const folder = join(project, dirname(file));
  const config = join(folder, basename(file) === '.devcontainer.json' ? '.devcontainer.json' : 'devcontainer.json');
  const staged = { ...settings, ...(await sourceFor(tree, source, labels)), workspaceFolder: '/workspace' };
  await mkdir(folder, { recursive: true });
  await writeFile(config, JSON.stringify(staged));
  return { project, config, registryFeatures: features.filter((id) => !id.startsWith('.')) };
}

async function sourceFor(tree: Tree, source: ImageSource, labels: readonly string[]): Promise<object> {
  if (source.kind === 'image') return { image: source.image };
  return {
    build: {
      dockerfile: await tree.locate(source.dockerfile),
      context: await tree.locate(source.context),
      args: source.args,
      ...(source.target !== undefined && { target: source.target }),
      // The reference implementation gives its own --label to builds of an image only.
      options: ['--force-rm', ...labels.flatMap((label) => ['--label', label])],
    },
  };
}

async function refuseLinksOut(directory: string, name: string): Promise<void> {
  if (!(await lstat(directory)).isDirectory())
    throw new Fault('invalid', `Cannot use the feature ${name}: it is not a folder`);
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const real = await realpath(path).catch(() => undefined);
    if (real?.startsWith(`${directory}/`) === true) continue;
    throw new Fault('invalid', `Cannot use the feature ${name}: ${relative(directory, path)} is a link out of it`, {
      hint: 'Copy the file into the folder of the feature',
    });
  }
}
