import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Fault } from '@cspace/domain';
import { run } from '../run.ts';
import type { BuildLog } from './build-log.ts';
import type { Workplace } from './workplace.ts';

/** What `read-configuration` says of a configuration, its features and its image together. */
export type MergedConfiguration = {
  readonly mergedConfiguration: Readonly<Record<string, unknown>>;
  readonly featuresConfiguration?: {
    readonly featureSets?: readonly {
      readonly sourceInformation?: { readonly userFeatureId?: string };
      readonly features?: readonly Readonly<Record<string, unknown>>[];
    }[];
  };
};

/** A project of ours with one devcontainer.json, which the reference implementation may read. */
export type Staged = {
  readonly project: string;
  readonly config: string;
  readonly registryFeatures: readonly string[];
};

const require = createRequire(import.meta.url);

export function referenceVersion(): string {
  return (require('@devcontainers/cli/package.json') as { version: string }).version;
}

/** Faults: `failed`, naming the features that could not be fetched. */
export async function readConfiguration(
  place: Workplace,
  staged: Staged,
  log: BuildLog,
  signal: AbortSignal,
): Promise<MergedConfiguration> {
  const args = [...chosen(place, staged), '--include-merged-configuration', '--mount-workspace-git-root=false'];
  const { exitCode, stdout } = await runCli(place, ['read-configuration', ...args], signal, log.add);
  if (exitCode === 0) return JSON.parse(stdout) as MergedConfiguration;
  const missing = await unreachable(place, staged.registryFeatures, signal);
  if (missing.length > 0) {
    throw new Fault('failed', `Cannot fetch ${missing.join(', ')}: its registry does not give it to this machine`, {
      hint: 'Features of a registry need the network of the host; ones in the repository (./name) do not',
    });
  }
  throw new Fault('failed', `Cannot read the devcontainer's configuration: ${lastWords(log)}`);
}

/** Builds and tags an image. Resolves to whether that succeeded; the log has why not. */
export async function buildWithCli(
  place: Workplace,
  staged: Staged,
  image: { readonly tag: string; readonly labels: readonly string[] },
  log: BuildLog,
  signal: AbortSignal,
): Promise<boolean> {
  const args = [
    ...chosen(place, staged),
    '--no-lockfile',
    `--image-name=${image.tag}`,
    ...image.labels.map((label) => `--label=${label}`),
  ];
  const { exitCode } = await runCli(place, ['build', ...args], signal, log.add);
  return exitCode === 0;
}

/** What was said last, in one line. */
export function lastWords(log: BuildLog): string {
  const last = log.last(5).map((line) => line.trim());
  return last.length === 0 ? 'it gave no reason' : last.join('; ');
}

function chosen(place: Workplace, { project, config }: Staged): string[] {
  return [
    `--workspace-folder=${project}`,
    `--config=${config}`,
    `--docker-path=${place.docker}`,
    // There is none on its path: compose files are read by us.
    `--docker-compose-path=${join(place.directory, 'bin/docker-compose')}`,
    `--user-data-folder=${join(place.directory, 'cli')}`,
  ];
}

async function unreachable(place: Workplace, features: readonly string[], signal: AbortSignal): Promise<string[]> {
  const missing: string[] = [];
  for (const feature of features) {
    if (feature.startsWith('https://')) continue;
    const { exitCode } = await runCli(place, ['features', 'info', 'manifest', '--', feature], signal, () => {});
    if (exitCode !== 0) missing.push(feature);
  }
  return missing;
}

function runCli(place: Workplace, args: readonly string[], signal: AbortSignal, onLine: (line: string) => void) {
  const program = require.resolve('@devcontainers/cli/devcontainer.js');
  return run(process.execPath, [program, ...args], { env: place.env, cwd: place.directory, signal, onLine });
}
