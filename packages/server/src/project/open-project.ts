import type { Clock, Ids, Index, Project } from '@cspace/domain';
import { inspectRepository } from '../mirror/inspect-repository.ts';

/** The project of a directory: found by its repository's canonical path, or made. Its remote is looked up anew each time. */
export async function openProject(
  given: { readonly index: Index; readonly ids: Ids; readonly clock: Clock },
  directory: string,
  signal: AbortSignal,
): Promise<Project> {
  const repository = await inspectRepository(directory, signal);
  const found = given.index.findProject(repository.path);
  const project: Project = {
    id: found?.id ?? given.ids.project(),
    name: repository.name,
    path: repository.path,
    ...(repository.remote === undefined ? {} : { remote: repository.remote }),
    createdAtMs: found?.createdAtMs ?? given.clock(),
  };
  if (found === undefined || found.remote !== project.remote || found.name !== project.name) {
    given.index.projects.put(project);
  }
  return project;
}
