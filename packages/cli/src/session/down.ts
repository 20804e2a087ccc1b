import type { Client } from '@cspace/client';
import { Fault, isFault } from '@cspace/domain';
import type { SessionView } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { confirm } from '../confirm.ts';
import { connectTo } from '../connect.ts';
import { findProject } from '../project/find-project.ts';
import { plural } from '../render/money.ts';
import { neutralLine } from '../render/neutral.ts';
import { exitCodeOf, showError } from '../show-error.ts';
import { usageFault } from '../usage-fault.ts';
import { findSession } from './find-session.ts';
import { retryLost } from './retry-lost.ts';

export type DownOptions = { readonly all?: boolean; readonly everywhere?: boolean; readonly force?: boolean };

/** Removes sessions: one or a few by name, this project's, or everybody's. Work that is not pushed is kept unless forced. */
export async function down(cli: Cli, names: readonly string[], options: DownOptions): Promise<number> {
  const given = [names.length > 0, options.all === true, options.everywhere === true].filter(Boolean).length;
  if (given !== 1) {
    const why = given === 0 ? 'nothing says which' : 'names, --all and --everywhere exclude each other';
    throw usageFault(`Cannot remove sessions: ${why}`, 'Give a NAME, or --all for this project, or --everywhere');
  }
  const client = connectTo(cli);
  const sessions = await chosen(cli, client, names, options);
  if (sessions.length === 0) {
    if (cli.out.json) cli.out.value([]);
    else cli.out.note('There is nothing to remove');
    return 0;
  }
  await agreed(cli, sessions, options);
  const ends = await Promise.allSettled(
    sessions.map((session) =>
      retryLost(cli, () =>
        client.sessions.remove(
          { sessionId: session.id, force: String(options.force === true) },
          { signal: cli.io.cancelled },
        ),
      ),
    ),
  );
  return told(cli, sessions, ends);
}

async function chosen(
  cli: Cli,
  client: Client,
  names: readonly string[],
  options: DownOptions,
): Promise<SessionView[]> {
  const signal = cli.io.cancelled;
  if (options.everywhere === true) return client.sessions.list({}, { signal });
  if (options.all === true) {
    const project = await findProject(cli, client);
    return client.sessions.list({ projectId: project.id }, { signal });
  }
  const found: SessionView[] = [];
  for (const name of new Set(names)) found.push(await findSession(cli, client, name));
  return found;
}

async function agreed(cli: Cli, sessions: readonly SessionView[], options: DownOptions): Promise<void> {
  const several = options.all === true || options.everywhere === true;
  if (!several) return;
  const projects = new Set(sessions.map((session) => session.projectId)).size;
  const who = sessions.length === 1 ? (sessions[0]?.name ?? '') : plural(sessions.length, 'session');
  const where = options.everywhere === true ? ` of ${plural(projects, 'project')}` : '';
  const work = options.force === true ? ', unpushed work included' : '';
  const named = sessions.map(({ name, project }) => (projects > 1 ? `${neutralLine(project)}/${name}` : name));
  const question = `Remove ${who}${where}${work}? (${named.join(', ')})`;
  if (!(await confirm(cli, question))) {
    throw new Fault('interrupted', `Cannot remove ${who}: it was not confirmed`, { hint: 'Nothing was removed' });
  }
}

function told(cli: Cli, sessions: readonly SessionView[], ends: readonly PromiseSettledResult<SessionView>[]): number {
  const { out, flags, io } = cli;
  let exitCode = 0;
  const results = sessions.map((session, at) => {
    const end = ends[at];
    if (end?.status === 'fulfilled') {
      if (!out.json) out.line(`${session.name} removed; its log stays: cspace logs ${session.name}`);
      return { name: session.name, sessionId: session.id, project: session.project, removed: true };
    }
    const error: unknown = io.cancelled.aborted ? io.cancelled.reason : end?.reason;
    exitCode ||= exitCodeOf(error);
    showError(out, error, flags.debug === true);
    const why = isFault(error)
      ? { code: error.code, error: neutralLine(error.message) }
      : { code: 'bug', error: String(error) };
    return { name: session.name, sessionId: session.id, project: session.project, removed: false, ...why };
  });
  if (out.json) out.value(results);
  return exitCode;
}
