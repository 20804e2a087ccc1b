import { Fault } from '@cspace/domain';
import { run } from '../run.ts';
import type { Workplace } from './workplace.ts';

/** What we read of an image. */
export type ImageSeen = {
  readonly id: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly createdAtMs: number;
  /** Instructions that run when something is built on it. */
  readonly onBuild: readonly string[];
};

/** An engine, by its client. */
export type Docker = {
  /** Faults: `unavailable` when it does not answer. */
  answers(): Promise<void>;
  image(reference: string): Promise<ImageSeen | undefined>;
  /** The image of a reference, fetched when the engine has none. Faults: `not-found`. */
  obtain(reference: string): Promise<ImageSeen>;
  /** Removes a container. */
  discard(container: string): Promise<void>;
  /** Removes an image that was made since then and has no other name, unless something is built on it. */
  discardNew(image: string, sinceMs: number): Promise<void>;
};

type Raw = {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly Created: string;
  readonly Config: {
    readonly User?: string;
    readonly Entrypoint?: readonly string[] | null;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly OnBuild?: readonly string[] | null;
  } | null;
};

export function docker(place: Workplace, onProgress: (line: string) => void, signal: AbortSignal): Docker {
  const ask = (args: readonly string[], onLine?: (line: string) => void, until = signal) =>
    run(place.docker, args, {
      env: place.env,
      cwd: place.directory,
      signal: until,
      ...(onLine !== undefined && { onLine }),
    });

  const image = async (reference: string, until = signal): Promise<ImageSeen | undefined> => {
    const args = ['image', 'inspect', '--format', '{{json .}}', '--', reference];
    const { exitCode, stdout } = await ask(args, undefined, until);
    return exitCode === 0 ? seen(JSON.parse(stdout) as Raw) : undefined;
  };

  return {
    image: (reference) => image(reference),
    async answers() {
      const said: string[] = [];
      const { exitCode } = await ask(['version', '--format', '{{.Server.Version}}'], (line) => said.push(line));
      if (exitCode === 0) return;
      throw new Fault(
        'unavailable',
        `Cannot build a devcontainer: ${said.at(-1) ?? 'the Docker engine does not answer'}`,
        {
          hint: 'Start the engine, or set DOCKER_HOST to where it is',
        },
      );
    },
    async obtain(reference) {
      const found = await image(reference);
      if (found !== undefined) return found;
      onProgress(`Fetching ${reference}`);
      const said: string[] = [];
      const { exitCode } = await ask(['pull', '--quiet', '--', reference], (line) => said.push(line));
      const pulled = exitCode === 0 ? await image(reference) : undefined;
      if (pulled !== undefined) return pulled;
      const why = said.at(-1) ?? 'it was fetched and is not there';
      throw new Fault(
        'not-found',
        `Cannot find the image ${reference}: its registry gives none: ${why.slice(0, 500)}`,
        {
          hint: 'Correct its name; for one of a private registry, docker pull it on this machine first',
        },
      );
    },
    async discard(container) {
      await ask(['container', 'rm', '--force', '--volumes', '--', container], undefined, afterwards());
    },
    async discardNew(reference, sinceMs) {
      const found = await image(reference, afterwards());
      if (found === undefined || found.createdAtMs < sinceMs) return;
      if (found.tags.some((tag) => tag !== `${reference}:latest`)) return;
      await ask(['image', 'rm', '--', reference], undefined, afterwards());
    },
  };
}

/** What was begun is taken away after an abort too. */
const afterwards = (): AbortSignal => AbortSignal.timeout(60_000);

function seen({ Id, RepoTags, Created, Config }: Raw): ImageSeen {
  return {
    id: Id,
    user: Config?.User ?? '',
    entrypoint: Config?.Entrypoint ?? [],
    labels: Config?.Labels ?? {},
    tags: RepoTags ?? [],
    createdAtMs: Date.parse(Created),
    onBuild: Config?.OnBuild ?? [],
  };
}
