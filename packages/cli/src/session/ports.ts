import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { neutralLine } from '../render/neutral.ts';
import { table } from '../render/table.ts';
import { findSession } from './find-session.ts';

/** The ports a sandbox listens on. */
export async function ports(cli: Cli, name: string): Promise<void> {
  const { io, out } = cli;
  const client = connectTo(cli);
  const session = await findSession(cli, client, name);
  const found = await client.sessions.ports({ sessionId: session.id }, { signal: io.cancelled });
  if (out.json) {
    out.value(found);
    return;
  }
  if (found.length === 0) {
    out.note(`${session.name} listens on no port`);
    return;
  }
  const lines = table(
    [{ title: 'PORT', align: 'right' }, { title: 'LABEL' }, { title: 'PROCESS' }, { title: 'URL' }],
    found.map((each) =>
      [String(each.port), each.label ?? '–', each.process ?? 'not listening', each.url].map(neutralLine),
    ),
    { paintTitle: out.colours.dim },
  );
  for (const line of lines) out.line(line);
}
