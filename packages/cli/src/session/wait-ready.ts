import type { Client } from '@cspace/client';
import { Fault } from '@cspace/domain';
import type { SessionView } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { fold } from '../render/fold.ts';
import { started } from '../render/fold-start.ts';
import { printer } from '../render/printer.ts';
import { EMPTY_VIEW } from '../render/view.ts';
import { followThrough } from './watch-turn.ts';

/** Shows a session's start until it is ready; a `failed` Fault when it could not start. */
export async function waitReady(
  cli: Cli,
  client: Client,
  session: SessionView,
  created: boolean,
): Promise<SessionView> {
  const { io } = cli;
  const signal = io.cancelled;
  if (session.state.kind === 'ready' || session.state.kind === 'working') return session;
  const show = printer(io, { answer: io.stderr, progress: io.stderr });
  let view = EMPTY_VIEW;
  let attached = false;
  let settled = false;
  /** A session is called ready when its supervisor is there; this comes last. */
  const lastStage = session.withAgent ? 'agent' : 'clone';
  try {
    for await (const logged of followThrough(cli, client, session, created ? 0 : session.lastSeq, show)) {
      const folded = fold(view, logged);
      view = folded.view;
      show.print(folded.pieces.filter((piece) => piece.kind === 'line'));
      show.live(view.doing);
      if (logged.event.type === 'stage' && logged.event.stage === lastStage) settled = logged.event.status === 'done';
      if (attached && settled) break;
      if (logged.event.type !== 'session.state') continue;
      const { state } = logged.event;
      attached = state.kind === 'ready' || state.kind === 'working';
      if (attached && settled) break;
      if (state.kind === 'failed') {
        throw new Fault('failed', `Cannot bring up ${session.name}: ${state.why}`, {
          hint: state.hint ?? `cspace logs ${session.name} has the whole story; cspace up ${session.name} tries again`,
        });
      }
      if (state.kind === 'removed' || state.kind === 'removing') {
        throw new Fault('conflict', `Cannot bring up ${session.name}: it was removed`, { hint: 'Bring it up again' });
      }
    }
    show.print(started(view).pieces);
  } finally {
    show.end();
  }
  signal.throwIfAborted();
  return client.sessions.get({ sessionId: session.id }, { signal });
}
