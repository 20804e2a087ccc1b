import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { findSession } from './find-session.ts';
import { stateText } from './state-text.ts';

/** Cancels the turn; without `turn` the supervisor saves its state and ends too. Everything is kept. */
export async function interrupt(cli: Cli, name: string, options: { readonly turn?: boolean }): Promise<void> {
  const { io, out } = cli;
  const client = connectTo(cli);
  const found = await findSession(cli, client, name);
  const turnOnly = options.turn === true;
  const { cancelled, session } = await client.sessions.interrupt(
    { sessionId: found.id, turnOnly },
    { signal: io.cancelled },
  );
  if (out.json) out.value({ cancelled, session });
  else {
    out.line(`${session.name}: ${cancelled ? 'turn cancelled' : 'no turn was running'}, ${stateText(session.state)}`);
    out.note(
      out.errorColours.dim(`  everything is kept; cspace send ${session.name} '…' goes on with the conversation`),
    );
  }
}
