import type { Client } from '@cspace/client';
import { COORDINATOR, Fault, type Project, parseSessionName } from '@cspace/domain';
import type { SessionView } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { findProject } from '../project/find-project.ts';

/** A session's name from what the user wrote: a name, or a branch. */
export function nameOf(written: string): string {
  return written.toLowerCase() === COORDINATOR ? COORDINATOR : parseSessionName(written).name;
}

/** The session a command is about, by its name, branch or id. `removed`: the latest removed one will do when none is live. */
export async function findSession(
  cli: Cli,
  client: Client,
  written: string,
  options: { readonly removed?: boolean } = {},
): Promise<SessionView> {
  const { cancelled: signal } = cli.io;
  if (/^ses_[a-z0-9]{20}$/.test(written)) {
    return client.sessions.get({ sessionId: written as SessionView['id'] }, { signal });
  }
  const name = nameOf(written);
  const [project, named] = await Promise.all([findProject(cli, client), client.sessions.list({ name }, { signal })]);
  const live = named.find((session) => session.projectId === project.id);
  if (live !== undefined) return live;
  if (options.removed === true) {
    const all = await client.sessions.list({ projectId: project.id, name, removed: 'true' }, { signal });
    const latest = all.toSorted((a, b) => b.createdAtMs - a.createdAtMs)[0];
    if (latest !== undefined) return latest;
  }
  throw await notFound(client, project, name, signal);
}

async function notFound(client: Client, project: Project, name: string, signal: AbortSignal): Promise<Fault> {
  const everywhere = await client.sessions.list({}, { signal });
  const here = everywhere.filter((session) => session.projectId === project.id).map((session) => session.name);
  const elsewhere = everywhere.filter((session) => session.name === name).map((session) => session.project);
  const hint =
    elsewhere.length > 0
      ? `There is one in ${elsewhere.join(', ')}: add --project ${elsewhere[0]}`
      : here.length > 0
        ? `${project.name} has ${here.join(', ')}`
        : `${project.name} has no session; cspace up ${name} makes one`;
  return new Fault('not-found', `Cannot find session ${name}: ${project.name} has none of that name`, { hint });
}
