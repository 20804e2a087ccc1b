import type { Project } from '@cspace/domain';
import { remotesOf, shownAddress } from './remote-address.ts';

/** What the user's repository calls the project's remote; undefined when it has it no more. */
export async function remoteName(project: Project, signal: AbortSignal): Promise<string | undefined> {
  const remotes = await remotesOf(project.path, signal);
  return remotes.find(({ address }) => shownAddress(address) === project.remote)?.name;
}
