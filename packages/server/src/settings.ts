import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Config,
  type ConfigLayer,
  DEFAULT_CONFIG,
  type EgressGrant,
  Fault,
  type Index,
  mergeConfig,
  type Project,
  type ProjectId,
  parseConfig,
} from '@cspace/domain';
import { coalesce } from './mirror/coalesce.ts';

/** Keys that a later version carries out. Until then they are refused by name, not ignored. */
const NOT_YET = ['secrets', 'coordinate.issueLabel', 'plugins'];

/** What holds for each project, read again whenever a session is created or woken. */
export type Settings = {
  /** Reads the files now. A broken one is an `invalid` Fault that names it. */
  read(project: Project): Promise<Config>;
  /** What was last read; nothing is allowed for a project that was not. */
  known(id: ProjectId): Config;
  /** Hosts the project's sessions may reach because its configuration says so. */
  egress(id: ProjectId): readonly EgressGrant[];
};

export function settings(given: {
  readonly index: Index;
  readonly configDirectory: string;
  /** Whether git tracks a file of the project: then it is the repository's, whatever it is called. */
  readonly isTracked: (project: Project, path: string) => Promise<boolean>;
}): Settings {
  const last = new Map<ProjectId, Config>();
  const reading = coalesce<Config>();
  const known = (id: ProjectId): Config => last.get(id) ?? DEFAULT_CONFIG;
  return {
    known,
    egress: (id) => (known(id).egress?.allow ?? []).map((pattern) => ({ pattern, origin: 'user' })),
    // Many may ask at once: each gets what was read after it asked, and two readings do for all.
    read: (project) => reading(project.id, new AbortController().signal, () => read(project)),
  };

  async function read(project: Project): Promise<Config> {
    const layers = await Promise.all([
      layer('user', join(given.configDirectory, 'config.json')),
      layer('repository', join(project.path, '.cspace.json')),
      layer('local', join(project.path, '.cspace.local.json')).then(async ([local]) => {
        if (local === undefined || !(await given.isTracked(project, '.cspace.local.json'))) return local;
        return { ...local, source: 'repository' as const };
      }),
    ]);
    const { config } = mergeConfig([
      { source: 'default', name: 'default', config: DEFAULT_CONFIG },
      ...layers.flat().filter((each) => each !== undefined),
    ]);
    refuseNotYet(config);
    last.set(project.id, config);
    return config;
  }
}

async function layer(source: ConfigLayer['source'], path: string): Promise<readonly ConfigLayer[]> {
  try {
    return [{ source, name: path, config: parseConfig(path, await readFile(path, 'utf8')) }];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    if (error instanceof Fault) throw error;
    throw new Fault('failed', `Cannot read ${path}: ${message}`, { cause: error });
  }
}

function refuseNotYet(config: Config): void {
  for (const key of NOT_YET) {
    const value = key
      .split('.')
      .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], config);
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    throw new Fault('invalid', `Cannot use ${key}: this version of cspace does not have it yet`, {
      hint: `Take ${key} out of the configuration`,
    });
  }
}
