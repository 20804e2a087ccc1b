import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Config,
  type ConfigLayer,
  Fault,
  mergeConfig,
  parseBytes,
  parseConfig,
  parseDuration,
  type Project,
  type SandboxLimits,
  type SessionLimits,
} from '@cspace/domain';

/** Keys that a later version carries out. Until then they are refused by name, not ignored. */
const NOT_YET = ['services', 'secrets', 'coordinate.issueLabel', 'plugins', 'sandbox.image', 'sandbox.devcontainer'];

/** What holds for a project: defaults, the user's file, the repository's, the local one over it. */
export async function settings(configDirectory: string, project: Project): Promise<Config> {
  const files: readonly { readonly source: ConfigLayer['source']; readonly path: string }[] = [
    { source: 'user', path: join(configDirectory, 'config.json') },
    { source: 'repository', path: join(project.path, '.cspace.json') },
    { source: 'local', path: join(project.path, '.cspace.local.json') },
  ];
  const layers = await Promise.all(
    files.map(async ({ source, path }) => {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
        throw new Fault('failed', `Cannot read ${path}: ${error.message}`, { cause: error });
      });
      return text === undefined ? [] : [{ source, name: path, config: parseConfig(text, path) }];
    }),
  );
  const { config } = mergeConfig(layers.flat());
  refuseNotYet(config);
  return config;
}

function refuseNotYet(config: Config): void {
  for (const key of NOT_YET) {
    const value = key.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], config);
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    throw new Fault('invalid', `Cannot use ${key}: this version of cspace does not have it yet`, {
      hint: `Take ${key} out of the configuration`,
    });
  }
}

/** The limits of a new session: those of the configuration with what was asked for over them. */
export function limitsOf(
  config: Config,
  asked: { readonly turnMs?: number | undefined; readonly budgetUsd?: number | undefined },
): SessionLimits {
  const limits = config.limits ?? {};
  const sandbox: SandboxLimits = {
    ...(limits.memory === undefined ? {} : { memoryBytes: parseBytes(limits.memory) }),
    ...(limits.cpus === undefined ? {} : { cpus: limits.cpus }),
    ...(limits.pids === undefined ? {} : { pids: limits.pids }),
    ...(limits.disk === undefined ? {} : { diskBytes: parseBytes(limits.disk) }),
  };
  const budgetUsd = asked.budgetUsd ?? limits.budgetUsd;
  return {
    ...sandbox,
    turnMs: asked.turnMs ?? parseDuration(limits.timeout ?? '4h'),
    idleMs: parseDuration(limits.idle ?? '10m'),
    ...(budgetUsd === undefined ? {} : { budgetUsd }),
  };
}
