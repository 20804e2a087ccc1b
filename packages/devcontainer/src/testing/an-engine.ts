import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devcontainers } from '../devcontainers.ts';

/** Built by tools/images/build-image.sh. */
export const BASE = 'cspace/base:bookworm';

/** Undefined where there is no engine for tests; `why` says what is missing. */
export function testHost(): { readonly host: string | undefined; readonly why: string } {
  const host = process.env.CSPACE_TEST_DOCKER_HOST;
  if (host === undefined || host === '') return { host: undefined, why: 'CSPACE_TEST_DOCKER_HOST is not set' };
  const has = spawnSync('docker', ['-H', host, 'image', 'inspect', BASE]).status === 0;
  return { host: has ? host : undefined, why: `the engine at ${host} has no image ${BASE}` };
}

/** An engine of the tests, with what devcontainers are made with, and what can be seen of it. */
export async function anEngine(host: string, env: NodeJS.ProcessEnv = process.env) {
  const work = await mkdtemp(join(tmpdir(), 'cspace-devcontainer-work-'));
  const ask = (...args: string[]) => spawnSync('docker', ['-H', host, ...args], { encoding: 'utf8' }).stdout.trim();
  return {
    ...devcontainers({ host, work, env }),
    ask,
    work,
    /** What a shell in the image says. */
    says: (image: string, script: string) => ask('run', '--rm', '--network=none', image, 'sh', '-c', script),
    /** What a build could leave: containers, images without a name or with one of a builder, files. */
    left: async () => [
      ...ask('ps', '--all', '--quiet', '--filter', 'name=^/[a-z]+_[a-z]+$').split('\n'),
      ...ask('images', '--quiet', '--filter', 'dangling=true').split('\n'),
      ...ask('images', '--quiet', '--filter', 'reference=dev_container_feature_content_temp').split('\n'),
      ...(await readdir(work)),
    ],
    [Symbol.asyncDispose]: () => rm(work, { recursive: true, force: true }),
  };
}
