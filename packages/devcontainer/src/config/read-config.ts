import { dirname, join } from 'node:path/posix';
import { Fault } from '@cspace/domain';
import type { Tree } from '../tree.ts';
import { checkKeys, type Place } from './check-keys.ts';
import { BUILD_USES, CONFIG_USES } from './config-uses.ts';
import { type Command, checkCommand, LIFECYCLE } from './lifecycle.ts';
import { parseJsonc } from './parse-jsonc.ts';
import { asImage, asList, asName, asObject, asText, asTexts, asVariables, at, wrongShape } from './shape.ts';
import { substitute } from './substitute.ts';

/** What an image is made from. Paths are in the tree. */
export type ImageSource =
  | { readonly kind: 'image'; readonly image: string }
  | {
      readonly kind: 'build';
      readonly dockerfile: string;
      readonly context: string;
      readonly args: Readonly<Record<string, string>>;
      readonly target: string | undefined;
    };

export type ComposeSource = {
  readonly kind: 'compose';
  readonly files: readonly string[];
  readonly service: string;
  /** Absent: all. */
  readonly runServices: readonly string[] | undefined;
};

/** What the reference implementation is given beside the source: the keys of it that have a use, with their variables filled in. */
export type Settings = Readonly<Record<string, unknown>>;

export type Config = {
  readonly file: string;
  readonly source: ImageSource | ComposeSource;
  /** The ids of the features: `./local` ones are folders of the tree. */
  readonly features: readonly string[];
  readonly settings: Settings;
  readonly remarks: readonly string[];
};

/** Reads and checks a devcontainer.json: nothing in it is left out without a remark. Throws `invalid`. */
export function readConfig(tree: Pick<Tree, 'resolve'>, file: string, text: string): Config {
  const place: Place = { file, path: [] };
  const found = asObject(place, parseJsonc(file, text));
  const remarks = checkKeys(place, found, CONFIG_USES);
  const { workspaceFolder, ...used } = Object.fromEntries(
    Object.entries(found).filter(([key, value]) => CONFIG_USES[key] === 'used' && value !== null),
  );
  const elsewhere = folderRemark(at(place, 'workspaceFolder'), workspaceFolder);
  const filled = substitute(place, used);
  const { source, remarks: ofSource } = sourceOf(tree, place, filled);
  return {
    file,
    source,
    features: Object.keys(featuresOf(place, filled)),
    settings: settingsOf(place, filled),
    remarks: [...remarks, ...ofSource, ...elsewhere],
  };
}

function folderRemark(place: Place, folder: unknown): string[] {
  if (folder === undefined || /^\/workspace\/?$/.test(asText(place, folder))) return [];
  return [
    `workspaceFolder of ${place.file}: the clone is at /workspace, not at ${asText(place, folder)}; \${containerWorkspaceFolder} says so too`,
  ];
}

type Found = Readonly<Record<string, unknown>>;

function sourceOf(tree: Pick<Tree, 'resolve'>, place: Place, found: Found) {
  const { image, build, dockerFile, dockerComposeFile } = found;
  const given = Object.entries({ image, build, dockerFile, dockerComposeFile }).filter(
    ([, each]) => each !== undefined,
  );
  const names = given.map(([name]) => name);
  if (names.length !== 1) {
    const why = names.length === 0 ? 'it names no image' : `it has ${names.join(' and ')}`;
    throw new Fault('invalid', `Cannot use ${place.file}: ${why}`, {
      hint: 'It has one of image, build and dockerComposeFile',
    });
  }
  if (image !== undefined) {
    const source: ImageSource = { kind: 'image', image: asImage(at(place, 'image'), image) };
    return { source, remarks: [] };
  }
  if (dockerComposeFile !== undefined) return { source: composeSource(tree, place, found), remarks: [] };
  return build === undefined ? legacyBuild(tree, place, found) : buildSource(tree, at(place, 'build'), build);
}

function composeSource(tree: Pick<Tree, 'resolve'>, place: Place, found: Found): ComposeSource {
  const files = at(place, 'dockerComposeFile');
  const list = typeof found.dockerComposeFile === 'string' ? [found.dockerComposeFile] : found.dockerComposeFile;
  const paths = asTexts(files, list);
  if (paths.length === 0) throw wrongShape(files, 'at least one file');
  if (found.service === undefined) throw wrongShape(at(place, 'service'), 'there, beside dockerComposeFile');
  return {
    kind: 'compose',
    files: paths.map((path) => tree.resolve(dirname(place.file), path)),
    service: asName(at(place, 'service'), found.service),
    runServices: found.runServices === undefined ? undefined : asTexts(at(place, 'runServices'), found.runServices),
  };
}

function legacyBuild(tree: Pick<Tree, 'resolve'>, place: Place, { dockerFile, context }: Found) {
  return buildSource(tree, place, { dockerfile: dockerFile, ...(context !== undefined && { context }) }, {});
}

function buildSource(tree: Pick<Tree, 'resolve'>, place: Place, value: unknown, uses = BUILD_USES) {
  const build = asObject(place, value);
  const remarks = uses === BUILD_USES ? checkKeys(place, build, uses) : [];
  const { dockerfile: asked, context, args = {}, target } = build;
  if (asked === undefined) throw wrongShape(at(place, 'dockerfile'), 'there');
  const folder = dirname(place.file);
  const dockerfile = tree.resolve(folder, asText(at(place, 'dockerfile'), asked));
  const source: ImageSource = {
    kind: 'build',
    dockerfile,
    // As the reference implementation has it: where the Dockerfile is.
    context: context === undefined ? dirname(dockerfile) : tree.resolve(folder, asText(at(place, 'context'), context)),
    args: asVariables(at(place, 'args'), args),
    target: target === undefined ? undefined : asName(at(place, 'target'), target),
  };
  return { source, remarks };
}

function featuresOf(place: Place, { features = {} }: Found): Record<string, unknown> {
  const found = asObject(at(place, 'features'), features);
  for (const id of Object.keys(found)) {
    const isLocal = /^\.\.?\//.test(id);
    // One word with slashes, a version, a digest; or an address.
    if (isLocal || /^(?:https:\/\/)?[a-z0-9][\w./:@-]*$/i.test(id)) continue;
    throw wrongShape(
      at(at(place, 'features'), id),
      'the name of a feature: ghcr.io/owner/repository/name:1, or ./folder',
    );
  }
  return found;
}

function settingsOf(place: Place, found: Found): Settings {
  const checked = {
    features: featuresOf(place, found),
    overrideFeatureInstallOrder: optional(found, place, 'overrideFeatureInstallOrder', asTexts),
    containerEnv: optional(found, place, 'containerEnv', asVariables),
    remoteEnv: optional(found, place, 'remoteEnv', (where, value) => asVariables(where, withoutNull(where, value))),
    containerUser: optional(found, place, 'containerUser', asText),
    remoteUser: optional(found, place, 'remoteUser', asText),
    forwardPorts: optional(found, place, 'forwardPorts', asList),
    portsAttributes: optional(found, place, 'portsAttributes', asObject),
    ...Object.fromEntries(LIFECYCLE.map((key) => [key, optional<Command>(found, place, key, checkCommand)])),
  };
  return Object.fromEntries(Object.entries(checked).filter(([, value]) => value !== undefined));
}

function optional<T>(
  found: Found,
  place: Place,
  key: string,
  read: (place: Place, value: unknown) => T,
): T | undefined {
  return found[key] === undefined ? undefined : read(at(place, key), found[key]);
}

/** A variable that is to be unset is one that is not set: the environment of a sandbox is its own. */
function withoutNull(place: Place, value: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(asObject(place, value)).filter(([, each]) => each !== null));
}

/** Folders of the tree with local features. */
export function localFeatures(
  tree: Pick<Tree, 'resolve'>,
  { file, features }: Pick<Config, 'file' | 'features'>,
): string[] {
  return features.filter((id) => id.startsWith('.')).map((id) => tree.resolve(dirname(join('.', file)), id));
}
