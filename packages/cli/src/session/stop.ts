import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { findSession } from './find-session.ts';
import { retryLost } from './retry-lost.ts';

/** Saves a session's work and ends its processes; everything is kept. */
export async function stop(cli: Cli, name: string): Promise<void> {
  const { io, out } = cli;
  const client = connectTo(cli);
  const found = await findSession(cli, client, name);
  const session = await retryLost(cli, () => client.sessions.stop({ sessionId: found.id }, { signal: io.cancelled }));
  if (out.json) out.value(session);
  else out.line(`${session.name} stopped; cspace up ${session.name} goes on`);
}
