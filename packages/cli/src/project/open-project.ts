import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Client } from '@cspace/client';
import { Fault, type Project } from '@cspace/domain';
import type { Cli } from '../cli.ts';

/** The project a command is about: `--project`, a directory or the name of a known project, else where the user stands. */
export async function openProject(cli: Cli, client: Client): Promise<Project> {
  const { io, flags } = cli;
  const asked = flags.project;
  const directory = resolve(io.cwd, asked ?? '.');
  if (asked !== undefined && !asked.includes('/') && asked !== '.' && !existsSync(directory)) {
    return byName(client, asked, io.cancelled);
  }
  return client.projects.open({ directory }, { signal: io.cancelled });
}

async function byName(client: Client, name: string, signal: AbortSignal): Promise<Project> {
  const projects = await client.projects.list(undefined, { signal });
  const found = projects.filter((project) => project.name === name);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 1) {
    throw new Fault('conflict', `Cannot choose project ${name}: there are ${found.length} of that name`, {
      hint: `Give its directory: ${found.map((project) => project.path).join(', ')}`,
    });
  }
  const known = projects.map((project) => project.name).join(', ');
  throw new Fault('not-found', `Cannot find project ${name}: it is neither a directory nor a project that is known`, {
    hint: known === '' ? 'No project is known yet: cspace up in a repository makes it one' : `Known: ${known}`,
  });
}
