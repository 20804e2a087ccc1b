import type { Client } from '@cspace/client';
import type { ProjectId } from '@cspace/domain';
import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { openProject } from '../project/open-project.ts';
import { standingIn } from '../project/standing-in.ts';
import { duration } from '../render/duration.ts';
import { neutralLine } from '../render/neutral.ts';
import { table } from '../render/table.ts';
import { waitReady, watchStart } from './wait-ready.ts';

type Warmed = { readonly name: string; readonly ms: number } & (
  | { readonly status: 'ready'; readonly sessionId: string }
  | { readonly status: 'FAILED'; readonly why: string }
);

/** Makes sessions ready without an agent turn, in parallel, checks each, tries a failed one once more. */
export async function warm(
  cli: Cli,
  names: readonly string[],
  options: { readonly base?: string; readonly agent?: string },
) {
  const { out } = cli;
  const client = connectTo(cli);
  const project = await openProject(cli, client);
  const results = await Promise.all([...new Set(names)].map((name) => warmOne(cli, client, project.id, name, options)));
  cli.io.cancelled.throwIfAborted();
  if (out.json) out.value(results);
  else {
    const rows = results.map((each) => [
      each.name,
      each.status === 'ready' ? `ready (${duration(each.ms)})` : `FAILED: ${neutralLine(each.why)}`,
    ]);
    const paint = (cell: string, row: number) =>
      results[row]?.status === 'ready' ? out.colours.green(cell) : out.colours.red(cell);
    for (const line of table([{ title: 'INSTANCE' }, { title: 'STATUS', paint }], rows, {
      paintTitle: out.colours.dim,
    }))
      out.line(line);
  }
  return results.every((each) => each.status === 'ready') ? 0 : 1;
}

async function warmOne(
  cli: Cli,
  client: Client,
  projectId: ProjectId,
  name: string,
  options: { readonly base?: string; readonly agent?: string },
): Promise<Warmed> {
  const begunMs = cli.io.nowMs();
  for (let attempt = 1; ; attempt += 1) {
    try {
      const sessionId = await check(cli, client, projectId, name, options, attempt > 1);
      return { name, ms: cli.io.nowMs() - begunMs, status: 'ready', sessionId };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (attempt === 2 || cli.io.cancelled.aborted)
        return { name, ms: cli.io.nowMs() - begunMs, status: 'FAILED', why };
    }
  }
}

/** Ready means: the start went through, services included, and the supervisor answers and knows its clone. */
async function check(
  cli: Cli,
  client: Client,
  projectId: ProjectId,
  name: string,
  options: { readonly base?: string; readonly agent?: string },
  again: boolean,
): Promise<string> {
  const { cancelled: signal } = cli.io;
  const quiet: Cli = { ...cli, io: { ...cli.io, stderr: { write: () => {} } } };
  const { session, created } = await client.sessions.create(
    { projectId, ...standingIn(cli), name, ...options },
    { signal },
  );
  // A supervisor that could not bring everything up is there all the same.
  if (again && !created && session.state.kind === 'ready') {
    await client.sessions.restart({ sessionId: session.id }, { signal });
    await watchStart(quiet, client, session, session.lastSeq);
  } else await waitReady(quiet, client, session, created);
  const status = await client.sessions.status({ sessionId: session.id }, { signal });
  if (status.supervisor === null) throw new Error('its supervisor does not answer');
  if (status.branch !== null && status.branch !== session.branch && status.turns === 0) {
    throw new Error(`its clone is on ${status.branch}, not on ${session.branch}`);
  }
  return session.id;
}
