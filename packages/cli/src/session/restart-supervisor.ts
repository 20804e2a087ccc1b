import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { findSession } from './find-session.ts';
import { stateText } from './state-text.ts';

/** Replaces a session's supervisor; queue, conversation and files are kept. The reason reaches the agent. */
export async function restartSupervisor(cli: Cli, name: string, options: { readonly reason?: string }): Promise<void> {
  const { io, out } = cli;
  const client = connectTo(cli);
  const found = await findSession(cli, client, name);
  const input = { sessionId: found.id, ...(options.reason === undefined ? {} : { reason: options.reason }) };
  const { forced, session } = await client.sessions.restart(input, { signal: io.cancelled });
  if (out.json) out.value({ forced, session });
  else
    out.line(
      `${session.name}: restarted${forced ? ' (the old supervisor had to be ended by force)' : ''}, ${stateText(session.state)}`,
    );
}
