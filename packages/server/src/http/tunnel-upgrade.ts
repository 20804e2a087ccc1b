import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Fault, type Index, isFault, type Session, SessionId } from '@cspace/domain';
import { TunnelTarget } from '@cspace/protocol';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { findSession } from '../session/find-session.ts';
import type { Tunnels } from '../tunnels.ts';
import { type ApiCaller, requireProject } from './caller.ts';

/** WebSocket close codes of our own: the reason says why. */
const CLOSE_FAILED = 4000;

/**
 * The WebSocket that carries the bytes of a tunnel: `?sessionId=…&target=<TunnelTarget as JSON>`. It is closed with the
 * sentence of what went wrong when the tunnel cannot be opened.
 */
export function tunnelUpgrade(given: {
  readonly index: Index;
  readonly tunnels: Tunnels;
  readonly start: (session: Session, signal: AbortSignal) => Promise<unknown>;
}): (caller: ApiCaller, request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 8 * 1024 * 1024, perMessageDeflate: false });
  return (caller, request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      void connect(given, caller, request.url ?? '', webSocket);
    });
  };
}

async function connect(
  given: Parameters<typeof tunnelUpgrade>[0],
  caller: ApiCaller,
  url: string,
  webSocket: WebSocket,
): Promise<void> {
  const closed = new AbortController();
  webSocket.on('close', () => closed.abort());
  webSocket.on('error', () => closed.abort());
  const outer = createWebSocketStream(webSocket);
  outer.on('error', () => closed.abort());
  try {
    const { session, target } = parse(given.index, caller, url);
    await given.start(session, closed.signal);
    const inner = await given.tunnels.open(session.id, target, closed.signal);
    await Promise.allSettled([pipeline(outer, inner), pipeline(inner, outer)]);
    webSocket.close(1000);
  } catch (error) {
    const why = isFault(error) ? error.message : 'Cannot open a tunnel: something unexpected happened';
    webSocket.close(CLOSE_FAILED, Buffer.from(why).subarray(0, 120));
  }
}

function parse(
  index: Index,
  caller: ApiCaller,
  url: string,
): { readonly session: Session; readonly target: TunnelTarget } {
  const query = new URL(url, 'http://tunnel').searchParams;
  const id = SessionId.safeParse(query.get('sessionId'));
  const target = TunnelTarget.safeParse(readJson(query.get('target')));
  if (!id.success || !target.success)
    throw new Fault('invalid', 'Cannot open a tunnel: the session or the target is not one');
  const session = findSession(index, id.data);
  requireProject(caller, session.projectId);
  if (caller.kind === 'session' && caller.sessionId !== session.id) {
    throw new Fault('denied', `Cannot open a tunnel into ${session.name}: a session may not`);
  }
  return { session, target: target.data };
}

function readJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
