import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DockerEngine } from './docker-engine.ts';
import { said } from './said.ts';

/** What isolates the runtime's containers, in the engine's own words. */
const ISOLATED = {
  NetworkMode: 'none',
  CapDrop: ['ALL'],
  SecurityOpt: ['no-new-privileges'],
  IpcMode: 'private',
  CgroupnsMode: 'private',
  ShmSize: 1024 ** 3,
  PidsLimit: 512,
  Init: true,
  LogConfig: { Type: 'none', Config: {} },
};

/** A container with the same options, asked for straight from the engine's API: create and start. Gives the milliseconds until its command has run. */
export async function rawDocker(
  cleanup: AsyncDisposableStack,
  docker: DockerEngine,
  image: string,
): Promise<() => Promise<number>> {
  const parent = await mkdtemp(join(tmpdir(), 'cspace-bench-'));
  cleanup.defer(() => rm(parent, { recursive: true, force: true }));
  const { directory, target, script, heard } = said(parent);
  const spec = {
    Image: image,
    Cmd: ['sh', '-c', script],
    User: '1000:1000',
    HostConfig: { ...ISOLATED, Binds: [`${directory}:${target}:ro`] },
  };
  return async () => {
    const hearing = heard();
    const startedMs = performance.now();
    const { Id } = await docker.call<{ readonly Id: string }>('POST', '/containers/create', spec);
    try {
      await docker.call('POST', `/containers/${Id}/start`);
      await hearing;
      return performance.now() - startedMs;
    } finally {
      await docker.call('DELETE', `/containers/${Id}?force=true`);
    }
  };
}
