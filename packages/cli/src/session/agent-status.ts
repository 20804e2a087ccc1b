import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { findSession } from './find-session.ts';

/** How a session's agent is, as JSON: for scripts and coordinators. */
export async function agentStatus(cli: Cli, name: string): Promise<void> {
  const { io, out } = cli;
  const client = connectTo(cli);
  const session = await findSession(cli, client, name);
  const status = await client.sessions.status({ sessionId: session.id }, { signal: io.cancelled });
  if (out.json || io.stdout.isTTY !== true) out.value(status);
  else out.line(JSON.stringify(status, undefined, 2));
}
