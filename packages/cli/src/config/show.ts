import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Config,
  type ConfigLayer,
  configFromEnvironment,
  DEFAULT_CONFIG,
  Fault,
  mergeConfig,
  nearestKey,
  parseConfig,
} from '@cspace/domain';
import { homePaths } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { gitOrNothing } from '../project/git.ts';
import { repositoryRoot } from '../project/repository-root.ts';
import { neutralLine } from '../render/neutral.ts';
import { table } from '../render/table.ts';

/** The configuration that holds here and where each value is from; with a key, that value only. */
export async function show(cli: Cli, key: string | undefined): Promise<void> {
  const { io, out } = cli;
  const root = await repositoryRoot(cli);
  const { config, origins, refused } = mergeConfig(await layers(cli, root));
  if (key !== undefined) {
    const value = valueAt(config, key);
    if (value === undefined) throw unknown(key, Object.keys(origins));
    if (out.json) out.value({ key, value, from: origins[key] ?? null });
    else out.line(neutralLine(typeof value === 'string' ? value : JSON.stringify(value)));
    return;
  }
  if (out.json) {
    out.value({ config, origins, refused });
    return;
  }
  const short = (name: string) => (name.startsWith(`${root}/`) ? name.slice(root.length + 1) : name);
  const lines = table(
    [
      { title: 'KEY', paint: (cell) => out.colours.bold(cell) },
      { title: 'VALUE' },
      { title: 'FROM', paint: (cell) => out.colours.dim(cell) },
    ],
    Object.entries(origins)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([each, from]) => [each, JSON.stringify(valueAt(config, each)), short(from)].map(neutralLine)),
    { width: io.stdout.isTTY === true ? io.stdout.columns : undefined, paintTitle: out.colours.dim },
  );
  for (const line of lines) out.line(line);
  for (const { name, key: asked, why } of refused)
    out.warn(`${short(name)} asks for ${asked} and does not get it: ${why}`);
}

async function layers({ io }: Cli, root: string): Promise<ConfigLayer[]> {
  const user = join(homePaths(io).config, 'config.json');
  const local = join(root, '.cspace.local.json');
  const isTracked = (await gitOrNothing(root, 'ls-files', '--error-unmatch', '.cspace.local.json')) !== undefined;
  return [
    { source: 'default', name: 'default', config: DEFAULT_CONFIG },
    ...(await layer('user', user)),
    ...(await layer('repository', join(root, '.cspace.json'))),
    ...(await layer(isTracked ? 'repository' : 'local', local)),
    { source: 'environment', name: 'environment', config: configFromEnvironment(io.env) },
  ];
}

async function layer(source: ConfigLayer['source'], path: string): Promise<ConfigLayer[]> {
  try {
    return [{ source, name: path, config: parseConfig(path, await readFile(path, 'utf8')) }];
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return [];
    if (cause instanceof Fault) throw cause;
    throw new Fault('failed', `Cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

function valueAt(config: Config, key: string): unknown {
  return key.split('.').reduce<unknown>((at, part) => {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    return Object.entries(at).find(([name]) => name === part)?.[1];
  }, config);
}

function unknown(key: string, known: readonly string[]): Fault {
  const nearest = nearestKey(key, known);
  const hint = nearest === undefined ? 'cspace config shows all that is set' : `The nearest that is set is ${nearest}`;
  return new Fault('not-found', `Cannot show ${key}: it is not set`, { hint });
}
