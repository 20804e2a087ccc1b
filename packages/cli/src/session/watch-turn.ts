import { type Client, follow } from '@cspace/client';
import type { TurnOutcome } from '@cspace/domain';
import type { LoggedEvent, SessionView } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { fold } from '../render/fold.ts';
import type { Printer } from '../render/printer.ts';
import { EMPTY_VIEW, type View } from '../render/view.ts';
import { askInline } from './ask-inline.ts';
import { foldTurn, type Turn } from './turn.ts';

/** How long a command waits for a server that is gone. */
const GIVE_UP_MS = 120_000;
/** Losses that a server's restart explains are not told. */
const TELL_AT_ATTEMPT = 4;

export type Watched = { readonly view: View; readonly outcome: TurnOutcome; readonly ms: number };

/**
 * Shows a session's events from `after` until the prompt's turn has ended, through restarts of the server. Throws an
 * AbortError at Ctrl-C: the session goes on.
 */
export async function watchTurn(
  cli: Cli,
  client: Client,
  watched: { readonly session: SessionView; readonly promptId: string; readonly after: number },
  show: { readonly printer: Printer; readonly event?: (logged: LoggedEvent) => void },
): Promise<Watched> {
  const { io } = cli;
  const begunMs = io.nowMs();
  let view: View = { ...EMPTY_VIEW, name: watched.session.name, branch: watched.session.branch };
  let turn: Turn = { ids: [watched.promptId], outcome: undefined };
  const asker = askInline(cli, client, watched.session, show.printer);
  try {
    for await (const logged of followThrough(cli, client, watched.session, watched.after, show.printer)) {
      const folded = fold(view, logged);
      view = folded.view;
      show.event?.(logged);
      show.printer.print(folded.pieces);
      show.printer.live(view.doing);
      asker.heard(logged);
      turn = foldTurn(turn, logged.event);
      if (turn.outcome !== undefined) return { view, outcome: turn.outcome, ms: io.nowMs() - begunMs };
    }
  } finally {
    show.printer.end();
  }
  io.cancelled.throwIfAborted();
  return { view, outcome: { kind: 'failed', why: 'the session was removed' }, ms: io.nowMs() - begunMs };
}

/** `follow`, which says so when the server stays away. */
export function followThrough(
  { io }: Cli,
  client: Client,
  session: SessionView,
  after: number,
  printer: Printer,
): AsyncGenerator<LoggedEvent, void, undefined> {
  return follow(client, session.id, {
    after,
    signal: io.cancelled,
    giveUpMs: GIVE_UP_MS,
    onLost: (_, attempt) => {
      if (attempt !== TELL_AT_ATTEMPT) return;
      printer.print([
        { kind: 'line', mark: '↻', tone: 'warn', text: 'The server is gone; waiting for it to come back' },
      ]);
    },
  });
}
