import type { Client } from '@cspace/client';
import { Fault } from '@cspace/domain';
import type { SessionView } from '@cspace/protocol';
import type { Cli } from '../cli.ts';
import { fold } from '../render/fold.ts';
import { started } from '../render/fold-start.ts';
import { printer } from '../render/printer.ts';
import { EMPTY_VIEW } from '../render/view.ts';
import { followThrough } from './watch-turn.ts';

/** Steps that a supervisor does, and that it does not do again by itself. */
const ONCE: readonly string[] = ['clone', 'services', 'agent'];

/** Shows a session's start until it is ready; a `failed` Fault when it could not start. */
export async function waitReady(
  cli: Cli,
  client: Client,
  session: SessionView,
  created: boolean,
): Promise<SessionView> {
  if (session.state.kind === 'ready' || session.state.kind === 'working') return session;
  return watchStart(cli, client, session, created ? 0 : session.lastSeq);
}

/** Shows the start that the log has after a number, until it is through; a `failed` Fault when it could not start. */
export async function watchStart(cli: Cli, client: Client, session: SessionView, after: number): Promise<SessionView> {
  const { io } = cli;
  const signal = io.cancelled;
  const show = printer(io, { answer: io.stderr, progress: io.stderr });
  let view = EMPTY_VIEW;
  let attached = false;
  let settled = false;
  /** A session is called ready when its supervisor is there; this comes last. */
  const lastStage = session.withAgent ? 'agent' : await lastWithoutAgent(client, session, signal);
  try {
    for await (const logged of followThrough(cli, client, session, after, show)) {
      const folded = fold(view, logged);
      view = folded.view;
      show.print(folded.pieces.filter((piece) => piece.kind === 'line'));
      show.live(view.doing);
      if (logged.event.type === 'stage' && logged.event.stage === lastStage) settled = logged.event.status === 'done';
      if (attached && settled) break;
      if (logged.event.type === 'stage' && logged.event.status === 'failed' && ONCE.includes(logged.event.stage)) {
        const why = logged.event.detail ?? `${logged.event.stage} failed`;
        throw new Fault('failed', `Cannot bring up ${session.name}: ${why}`, {
          hint: `cspace restart-supervisor ${session.name} tries again; cspace ssh ${session.name} looks around`,
        });
      }
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

async function lastWithoutAgent(client: Client, session: SessionView, signal: AbortSignal): Promise<string> {
  const services = await client.sessions.services({ sessionId: session.id }, { signal });
  return services.some(({ onDemand }) => !onDemand) ? 'services' : 'clone';
}
