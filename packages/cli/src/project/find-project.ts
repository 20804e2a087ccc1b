import { resolve } from 'node:path';
import type { Client } from '@cspace/client';
import type { Project } from '@cspace/domain';
import type { Cli } from '../cli.ts';
import { whereIs } from '../connect.ts';
import { mainWorkTree } from './main-work-tree.ts';
import { openProject } from './open-project.ts';

/**
 * The project a command is about, where it need not be looked at anew: one the server knows is found by its path, which spares
 * the server a look into the repository. Otherwise as `openProject`.
 */
export async function findProject(cli: Cli, client: Client): Promise<Project> {
  const { io, flags } = cli;
  const isHere = whereIs(cli).kind !== 'url' && io.env.GIT_DIR === undefined;
  const path = isHere ? mainWorkTree(resolve(io.cwd, flags.project ?? '.')) : undefined;
  if (path === undefined) return openProject(cli, client);
  const known = await client.projects.list(undefined, { signal: io.cancelled });
  return known.find((project) => project.path === path) ?? openProject(cli, client);
}
