import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DockerEngine } from './docker-engine.ts';
import { hostRoot } from './host-root.ts';
import { said } from './said.ts';

/**
 * A container with the same root (the host's programs, read-only, over an image of empty directories), without network, in
 * which the same command is executed: create, start, exec. Gives the milliseconds until it has run.
 */
export async function dockerSandbox(
  cleanup: AsyncDisposableStack,
  docker: DockerEngine,
): Promise<() => Promise<number>> {
  const parent = await mkdtemp(join(tmpdir(), 'cspace-bench-'));
  cleanup.defer(() => rm(parent, { recursive: true, force: true }));
  const { directory, target, script, heard } = said(parent);
  const base = join(parent, 'base');
  const programs = hostRoot(base, target);
  const image = await docker.import(execFileSync('tar', ['-C', base, '-c', '.']));
  cleanup.defer(() => docker.call('DELETE', `/images/${image}?force=true`).then(() => undefined));
  const spec = {
    Image: image,
    Cmd: ['sleep', '600'],
    User: '1000:1000',
    WorkingDir: '/workspace',
    Env: ['PATH=/usr/bin:/bin'],
    NetworkDisabled: true,
    HostConfig: {
      NetworkMode: 'none',
      Binds: [...programs.map((path) => `${path}:${path}:ro`), `${directory}:${target}:ro`],
    },
  };
  return async () => {
    const hearing = heard();
    const startedMs = performance.now();
    const { Id } = await docker.call<{ readonly Id: string }>('POST', '/containers/create', spec);
    try {
      await docker.call('POST', `/containers/${Id}/start`);
      const exec = await docker.call<{ readonly Id: string }>('POST', `/containers/${Id}/exec`, {
        Cmd: ['sh', '-c', script],
      });
      await docker.call('POST', `/exec/${exec.Id}/start`, { Detach: true });
      await hearing;
      return performance.now() - startedMs;
    } finally {
      await docker.call('DELETE', `/containers/${Id}?force=true`);
    }
  };
}
