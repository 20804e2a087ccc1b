import type { Client } from '@cspace/client';
import type { ProjectId } from '@cspace/domain';
import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { openProject } from '../project/open-project.ts';
import { standingIn } from '../project/standing-in.ts';
import { displayWidth } from '../render/display-width.ts';
import { duration } from '../render/duration.ts';
import { namedSink } from '../render/named-sink.ts';
import { neutralLine } from '../render/neutral.ts';
import { table } from '../render/table.ts';
import { waitReady, watchStart } from './wait-ready.ts';
import { type Wishes, type WishOptions, wishes } from './wishes.ts';

type Warmed = { readonly name: string; readonly ms: number } & (
  | { readonly status: 'ready'; readonly sessionId: string }
  | { readonly status: 'FAILED'; readonly why: string }
);

export type WarmOptions = Pick<WishOptions, 'base' | 'runtime'> & { readonly agent?: string };

type Asked = Wishes & {
  readonly projectId: ProjectId;
  readonly agent?: string;
  /** The sessions that others may have worked in. */
  readonly before: ReadonlySet<string>;
};

/** Makes sessions ready without an agent turn, in parallel, checks each, tries a failed one once more. */
export async function warm(cli: Cli, given: readonly string[], { agent, ...options }: WarmOptions) {
  const { out } = cli;
  const names = [...new Set(given)];
  const wanted = wishes(options, cli.io.env);
  const client = connectTo(cli);
  const project = await openProject(cli, client);
  const before = await client.sessions.list({ projectId: project.id }, { signal: cli.io.cancelled });
  const asked: Asked = {
    ...wanted,
    ...(agent === undefined ? {} : { agent }),
    projectId: project.id,
    before: new Set(before.map(({ id }) => id)),
  };
  const results = await Promise.all(names.map((name) => warmOne(named(cli, name, names), client, name, asked)));
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

/** What a session's start says is told apart from the others'. */
function named(cli: Cli, name: string, names: readonly string[]): Cli {
  if (names.length === 1) return cli;
  const width = Math.max(...names.map(displayWidth));
  const label = `${neutralLine(name)}${' '.repeat(width - displayWidth(name))}`;
  return { ...cli, io: { ...cli.io, stderr: namedSink(cli.io.stderr, label) } };
}

async function warmOne(cli: Cli, client: Client, name: string, asked: Asked): Promise<Warmed> {
  const begunMs = cli.io.nowMs();
  for (let attempt = 1; ; attempt += 1) {
    try {
      const sessionId = await check(cli, client, name, asked, attempt > 1);
      return { name, ms: cli.io.nowMs() - begunMs, status: 'ready', sessionId };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (attempt === 2 || cli.io.cancelled.aborted)
        return { name, ms: cli.io.nowMs() - begunMs, status: 'FAILED', why };
    }
  }
}

/** Ready means: the start went through, and supervisor, clone, services and door each answer for themselves. */
async function check(
  cli: Cli,
  client: Client,
  name: string,
  { before, ...asked }: Asked,
  again: boolean,
): Promise<string> {
  const { cancelled: signal } = cli.io;
  const { session, created } = await client.sessions.create({ ...standingIn(cli), name, ...asked }, { signal });
  // A supervisor that could not bring everything up is there all the same.
  if (again && !created && session.state.kind === 'ready') {
    await client.sessions.restart({ sessionId: session.id }, { signal });
    await watchStart(cli, client, session, session.lastSeq);
  } else await waitReady(cli, client, session, created);
  const checks = await client.sessions.check({ sessionId: session.id, fresh: !before.has(session.id) }, { signal });
  const wrong = checks.flatMap(({ what, why }) => (why === null ? [] : [`${what}: ${why}`]));
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  return session.id;
}
