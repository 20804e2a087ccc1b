import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOCKER, sandboxesInEngine } from './docker.ts';
import type { Product } from './product.ts';

/** The contents of that file in the agent's home, in each sandbox there is, running or not. */
export function filesInside({ home, env }: Product, file: string): readonly string[] {
  const isDocker = env.CSPACE_SANDBOX_RUNTIME === 'docker';
  const sandboxes = join(home, 'cspace', 'bubblewrap', 'sandboxes');
  const [all, read] = isDocker
    ? [sandboxesInEngine(home), inContainer]
    : [
        readdirSync(sandboxes),
        (id: string) => readFileSync(join(sandboxes, id, 'upper', 'home', 'agent', file), 'utf8'),
      ];
  return all.flatMap((id) => {
    try {
      return [read(id, file)];
    } catch {
      return [];
    }
  });
}

function inContainer(container: string, file: string): string {
  const args = ['--host', DOCKER.host, 'cp', `${container}:/home/agent/${file}`, '-'];
  const archive = execFileSync('docker', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  return execFileSync('tar', ['-xO'], { input: archive, encoding: 'utf8' });
}
