import { access, constants, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { Fault } from '@cspace/domain';

/** A temporary directory, and an environment in which programs find nothing of the user's. */
export type Workplace = {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly docker: string;
  [Symbol.asyncDispose](): Promise<void>;
};

export type Host = {
  readonly host: string;
  /** The directory with what an engine over TLS asks for. */
  readonly certificates?: string | undefined;
  readonly work: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
};

/**
 * `PATH` has the docker client and nothing else: the reference implementation looks for credential helpers (which would give it
 * the user's) and for git there, whatever its configuration says. Faults: `lacking` without a docker client.
 */
export async function openWorkplace({ host, certificates, work, env }: Host): Promise<Workplace> {
  const client = await dockerClient(env.PATH ?? '/usr/local/bin:/usr/bin:/bin');
  await mkdir(work, { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(join(work, 'devcontainer-'));
  const bin = join(directory, 'bin');
  const home = join(directory, 'home');
  const temporary = join(directory, 'tmp');
  const config = join(directory, 'docker');
  await Promise.all([bin, home, temporary, config].map((each) => mkdir(each)));
  await Promise.all([symlink(client, join(bin, 'docker')), writeFile(join(config, 'config.json'), '{"auths":{}}')]);
  return {
    directory,
    docker: join(bin, 'docker'),
    env: {
      PATH: bin,
      HOME: home,
      XDG_CONFIG_HOME: join(home, '.config'),
      XDG_CACHE_HOME: join(home, '.cache'),
      XDG_DATA_HOME: join(home, '.local/share'),
      TMPDIR: temporary,
      DOCKER_CONFIG: config,
      DOCKER_HOST: host,
      ...(certificates === undefined ? {} : { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certificates }),
      DOCKER_CLI_HINTS: 'false',
      LANG: 'C.UTF-8',
      ...proxies(env),
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
  };
}

async function dockerClient(path: string): Promise<string> {
  for (const folder of path.split(delimiter).filter(isAbsolute)) {
    const file = join(folder, 'docker');
    const isProgram = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isProgram) return file;
  }
  throw new Fault('lacking', 'Cannot build a devcontainer: there is no docker client on this machine', {
    hint: 'Install one (apt install docker-cli), or name an image as sandbox.image',
  });
}

/** How this machine reaches registries; never one with a password in it. */
function proxies(env: Readonly<NodeJS.ProcessEnv>): Record<string, string> {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined || value.includes('@') ? [] : [[name, value]];
    }),
  );
}
