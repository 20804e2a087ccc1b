import type { Devcontainer } from './devcontainer.ts';
import { docker } from './engine/docker.ts';
import { type Host, openWorkplace } from './engine/workplace.ts';
import { inTurn } from './in-turn.ts';
import { prepare } from './prepare.ts';
import { openTree } from './tree.ts';

export type DevcontainerAsk = {
  /** An export of a commit. It is not trusted: nothing in it runs on this machine, and no link leads out of it. */
  readonly directory: string;
  /** Which devcontainer.json, from the root of the project; absent: the only one. */
  readonly configPath?: string | undefined;
  /** A line of what is going on, at most 300 characters, at most 2000 of them for an image. */
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
};

/**
 * Makes images of projects' devcontainers.
 *
 * - `prepare` MUST give the same image for the same content without building it again, however many ask at once.
 * - It MUST NOT run anything of the project on this machine, give it anything of the host's environment, or read past the export.
 * - It MUST leave nothing behind when it fails or is aborted.
 * - Faults: `invalid` for what does not apply to sandboxes, by name; `not-found` for a file or a base image; `conflict` when there
 *   are several devcontainers to choose from; `failed` with the last lines of a build; `lacking` without a docker client;
 *   `unavailable` when the engine does not answer.
 */
export type Devcontainers = {
  prepare(ask: DevcontainerAsk): Promise<Devcontainer>;
};

/** `work`: a directory of its own for what is temporary. `env`: of the server; only `PATH` and proxies are taken from it. */
export function devcontainers(host: Host): Devcontainers {
  // Without BuildKit the reference implementation gives what it builds from the same name every time.
  const alone = inTurn();
  return {
    async prepare({ directory, configPath, onProgress, signal }) {
      await using place = await openWorkplace(host);
      const tree = await openTree(directory);
      const builder = { tree, place, docker: docker(place, onProgress, signal), alone, onProgress, signal };
      return await prepare(builder, configPath);
    },
  };
}
