import { Config } from './config.ts';
import { narrowConfig, type Refusal } from './narrow-config.ts';

/**
 * Where a value may come from, each over those before it. `local` is trusted as the user is: the caller gives the file as
 * `repository` instead when git tracks it, for then it is the repository's.
 */
export const CONFIG_SOURCES = ['default', 'user', 'repository', 'local', 'environment', 'flags'] as const;
export type ConfigSource = (typeof CONFIG_SOURCES)[number];

/** `name`: the file, or whatever a user would look for. */
export type ConfigLayer = { readonly source: ConfigSource; readonly name: string; readonly config: Config };

export type MergedConfig = {
  readonly config: Config;
  /** The layer's name for every value, by its key (`limits.memory`, `sandbox.env.CI`). */
  readonly origins: Readonly<Record<string, string>>;
  /** What repositories asked for and did not get. */
  readonly refused: readonly (Refusal & { readonly name: string })[];
};

/**
 * One configuration of many: later sources over earlier ones, whatever their order here; objects merge, lists and scalars
 * replace. A repository's is narrowed first to what all the others together allow.
 */
export function mergeConfig(layers: readonly ConfigLayer[]): MergedConfig {
  const ordered = layers.toSorted((a, b) => CONFIG_SOURCES.indexOf(a.source) - CONFIG_SOURCES.indexOf(b.source));
  const trusted = ordered.filter(({ source }) => source !== 'repository');
  const allowed = Config.parse(trusted.reduce<Tree>((merged, { config }) => over(merged, config), {}));

  let merged: Tree = {};
  const origins: Record<string, string> = {};
  const refused: MergedConfig['refused'][number][] = [];
  for (const { source, name, config } of ordered) {
    const narrowed = source === 'repository' ? narrowConfig(allowed, config) : { config, refused: [] };
    refused.push(...narrowed.refused.map((refusal) => ({ ...refusal, name })));
    merged = over(merged, narrowed.config);
    for (const key of leaves(narrowed.config)) origins[key] = name;
  }
  return { config: Config.parse(merged), origins, refused };
}

type Tree = Readonly<Record<string, unknown>>;

function over(lower: Tree, upper: Tree): Tree {
  const merged = new Map(Object.entries(lower));
  for (const [key, value] of Object.entries(upper)) {
    const below = merged.get(key);
    if (value === undefined) continue;
    merged.set(key, isTree(below) && isTree(value) ? over(below, value) : value);
  }
  return Object.fromEntries(merged);
}

function leaves(tree: Tree, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    isTree(value) ? leaves(value, `${prefix}${key}.`) : value === undefined ? [] : [`${prefix}${key}`],
  );
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
