import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@cspace/domain';

/** The engine that the environment names, as Docker's own client takes it. */
export type DockerEngine = {
  readonly host: string | undefined;
  /** The directory with `ca.pem`, `cert.pem` and `key.pem`, where the engine is to be reached over TLS. */
  readonly certificates: string | undefined;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string } | undefined;
};

/**
 * Reads `DOCKER_HOST`, `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH`:
 * https://docs.docker.com/reference/cli/docker/#environment-variables. An `invalid` Fault for certificates that cannot be read.
 */
export function dockerEngine(env: Readonly<Record<string, string | undefined>>): DockerEngine {
  const host = env.DOCKER_HOST || undefined;
  if (!env.DOCKER_TLS_VERIFY || host === undefined || host.startsWith('unix:'))
    return { host, certificates: undefined, tls: undefined };
  const certificates = env.DOCKER_CERT_PATH || join(env.HOME ?? '/', '.docker');
  const read = (name: string) => {
    try {
      return readFileSync(join(certificates, name), 'utf8');
    } catch (cause) {
      throw new Fault('invalid', `Cannot use the Docker engine ${host} over TLS: ${(cause as Error).message}`, {
        cause,
        hint: 'Set DOCKER_CERT_PATH to the directory with ca.pem, cert.pem and key.pem, or unset DOCKER_TLS_VERIFY',
      });
    }
  };
  return { host, certificates, tls: { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') } };
}
