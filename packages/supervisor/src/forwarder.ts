import { connect, createServer, type Server, type Socket } from 'node:net';
import { Fault } from '@cspace/domain';
import { splice } from './splice.ts';

/** How long a connection waits for a door that is closed just now, as while the server restarts. */
const PATIENCE_MS = 5_000;
const RETRY_MS = 100;

const CLOSED = [
  'HTTP/1.1 503 Service Unavailable',
  'Content-Type: text/plain; charset=utf-8',
  'Retry-After: 1',
  'Connection: close',
  '',
  'cspace: the server outside of this sandbox does not answer; it may be restarting. Try again in a moment.\n',
].join('\r\n');

/** Offers the door on loopback, so that ordinary tools reach it as a proxy, a git remote and a base URL. Bytes only. */
export async function openForwarder(given: {
  readonly door: string;
  readonly port: number;
  readonly patienceMs?: number;
}): Promise<{ readonly port: number; close(): void }> {
  const patienceMs = given.patienceMs ?? PATIENCE_MS;
  const open = new Set<Socket>();
  const accept = (inner: Socket) => {
    open.add(inner);
    inner.on('close', () => open.delete(inner));
    inner.on('error', () => inner.destroy());
    forward(inner, given.door, Date.now() + patienceMs);
  };
  const first = await listen(accept, given.port, '127.0.0.1');
  const address = first.address();
  const port = typeof address === 'object' && address !== null ? address.port : given.port;
  const second = await listen(accept, port, '::1').catch(() => undefined);
  return {
    port,
    close() {
      first.close();
      second?.close();
      for (const socket of open) socket.destroy();
    },
  };
}

function forward(inner: Socket, door: string, untilMs: number): void {
  if (inner.destroyed) return;
  const outer = connect({ path: door, allowHalfOpen: true });
  const failed = () => {
    outer.destroy();
    if (Date.now() < untilMs) setTimeout(() => forward(inner, door, untilMs), RETRY_MS);
    else inner.end(CLOSED);
  };
  outer.once('error', failed);
  outer.once('connect', () => {
    outer.off('error', failed);
    splice(inner, outer);
  });
}

function listen(accept: (socket: Socket) => void, port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, accept);
    server.once('error', (error) =>
      reject(new Fault('conflict', `Cannot listen on ${host} port ${port}: ${error.message}`, { cause: error })),
    );
    server.listen(port, host, () => resolve(server));
  });
}
