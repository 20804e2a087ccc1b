import type { EgressGrant } from '@cspace/domain';
import { aptRegistries } from './registries/apt.ts';
import { cargoRegistries } from './registries/cargo.ts';
import type { ClientRegistries } from './registries/client-registries.ts';
import { goRegistries } from './registries/go.ts';
import { machine } from './registries/machine.ts';
import { npmRegistries } from './registries/npm.ts';
import { pipRegistries } from './registries/pip.ts';

/** Where the user's package clients go, and what the same clients need inside a sandbox to go there. */
export type Registries = {
  readonly grants: readonly EgressGrant[];
  /** Without credentials. */
  readonly environment: ClientRegistries['environment'];
  /** For what no environment can say (scoped npm registries, replaced cargo sources); paths are relative to the home. */
  readonly files: ClientRegistries['files'];
};

export type RegistriesOptions = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Where the file system begins, for tests. */
  readonly root?: string;
};

/**
 * Reads the package registries out of the user's own configuration of npm, pip, apt, cargo and Go. A client that is not configured
 * gives none: there is no list of hosts here. Tokens and passwords of those files stay where they are.
 */
export function readRegistries({ env, home, root = '/' }: RegistriesOptions): Registries {
  const here = machine(env, home, root);
  const clients = [npmRegistries, pipRegistries, aptRegistries, cargoRegistries, goRegistries].map((read) =>
    read(here),
  );
  const hosts = new Set(clients.flatMap((client) => client.hosts));
  return {
    grants: [...hosts].map((pattern) => ({ pattern, origin: 'user' })),
    environment: Object.assign({}, ...clients.map((client) => client.environment)),
    files: clients.flatMap((client) => client.files),
  };
}
