import type { Client } from '@cspace/client';
import type { SessionView } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { connectTo } from '../connect.ts';
import { findSession } from './find-session.ts';
import { stateText } from './state-text.ts';

const ASLEEP_MS = 15_000;
const POLL_MS = 40;

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
  const after = turnOnly ? session : await untilAsleep(cli, client, session);
  if (out.json) out.value({ cancelled, session: after });
  else {
    out.line(`${after.name}: ${cancelled ? 'turn cancelled' : 'no turn was running'}, ${stateText(after.state)}`);
    out.note(out.errorColours.dim(`  everything is kept; cspace send ${after.name} '…' goes on with the conversation`));
  }
}

/** Waits a little for the supervisor to save its state and end. */
async function untilAsleep({ io }: Cli, client: Client, session: SessionView): Promise<SessionView> {
  const deadlineMs = io.nowMs() + ASLEEP_MS;
  for (let now = session; ; ) {
    if (['stopped', 'failed', 'removing', 'removed'].includes(now.state.kind) || io.nowMs() >= deadlineMs) return now;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    now = await client.sessions.get({ sessionId: session.id }, { signal: io.cancelled });
  }
}
