import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Index, Session, SessionId } from '@cspace/domain';
import type { Tunnels } from '../tunnels.ts';

/** How much of a request is read to find its Host. */
const MAX_HEAD_BYTES = 64 * 1024;
const HEAD_MS = 10_000;

/**
 * Opens what sandboxes listen on, each port of each session on an origin of its own:
 * `http://<port>-<session>-<token>.localhost:<ours>`. The name carries the token, so a page of one preview can neither name
 * nor reach another, nor the API. One TCP listener on loopback serves them all; nothing of a sandbox is published.
 */
export type Previews = {
  urlOf(session: Session, port: number): string;
  close(): void;
};

export async function previewServer(given: {
  readonly index: Index;
  readonly tunnels: Tunnels;
  /** Random, kept with the data directory so that URLs outlive a restart of the server. */
  readonly secret: string;
  readonly port: number;
}): Promise<Previews> {
  const server = createServer((socket) => void serve(given, socket));
  await listen(server, given.port);
  const ours = (server.address() as AddressInfo).port;
  return {
    urlOf: (session, port) => `http://${labelOf(given.secret, session.id, port)}.localhost:${ours}/`,
    close: () => server.close(),
  };
}

/** The first label of a preview's host: port, session and token, within the 63 characters of a DNS label. */
function labelOf(secret: string, id: SessionId, port: number): string {
  const token = createHmac('sha256', secret).update(`${id}:${port}`).digest('hex').slice(0, 24);
  return `${port}-${id.slice('ses_'.length)}-${token}`;
}

type Target = { readonly sessionId: SessionId; readonly port: number };

/** What a Host header names, if its token is right. Parsed once; only the parsed value is used after. */
export function previewTarget(secret: string, host: string): Target | undefined {
  const match = /^([1-9][0-9]{0,4})-([a-z0-9]{20})-([0-9a-f]{24})\.localhost(?::[0-9]+)?$/.exec(host);
  const [, portText, id] = match ?? [];
  if (portText === undefined || id === undefined) return undefined;
  const port = Number(portText);
  const sessionId = `ses_${id}` as SessionId;
  const expected = Buffer.from(labelOf(secret, sessionId, port));
  const actual = Buffer.from(host.split('.', 1)[0] ?? '');
  if (port > 65535 || expected.length !== actual.length || !timingSafeEqual(expected, actual)) return undefined;
  return { sessionId, port };
}

async function serve(given: Parameters<typeof previewServer>[0], socket: Duplex): Promise<void> {
  const closed = new AbortController();
  socket.on('close', () => closed.abort());
  socket.on('error', () => closed.abort());
  try {
    const head = await readHead(socket, AbortSignal.any([closed.signal, AbortSignal.timeout(HEAD_MS)]));
    const host = /^host:[ \t]*([^\r\n]*?)[ \t]*$/im.exec(head.toString('latin1'))?.[1]?.toLowerCase() ?? '';
    const target = previewTarget(given.secret, host);
    const session = target === undefined ? undefined : given.index.sessions.get(target.sessionId);
    if (target === undefined || session === undefined)
      return answer(socket, 401, 'This address needs the token that cspace ports shows.');
    const inner = await given.tunnels.open(session.id, { kind: 'port', port: target.port }, closed.signal);
    inner.write(head);
    await Promise.allSettled([pipeline(socket, inner), pipeline(inner, socket)]);
  } catch {
    answer(socket, 502, 'Nothing answers there: the sandbox is not running, or nothing listens on that port.');
  }
}

/** Reads up to the end of the request's head; what was read is given on as it is. One connection serves one host. */
function readHead(socket: Duplex, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const done = (act: () => void) => {
      socket.off('data', more);
      signal.removeEventListener('abort', aborted);
      socket.pause();
      act();
    };
    const aborted = () => done(() => reject(new Error('no request')));
    const more = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      if (head.includes('\r\n\r\n')) done(() => resolve(head));
      else if (head.length > MAX_HEAD_BYTES) done(() => reject(new Error('too long a head')));
    };
    signal.addEventListener('abort', aborted, { once: true });
    socket.on('data', more);
  });
}

function answer(socket: Duplex, status: number, text: string): void {
  if (socket.destroyed) return;
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  );
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}
