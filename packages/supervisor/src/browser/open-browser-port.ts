import { connect, createServer, type Server, type Socket } from 'node:net';
import { errorText } from '../agent/error-text.ts';
import { splice } from '../splice.ts';
import type { RunningBrowser } from './start-chromium.ts';

/** From the last connection to the end of the browser. */
const IDLE_MS = 5 * 60_000;

export type BrowserPort = {
  readonly port: number;
  /** Ends the browser too. */
  close(): Promise<void>;
};

/**
 * Listens where tools look for a browser, starts one at the first connection, and joins every connection with it, bytes
 * only. Connections that come while it starts wait for the same one. It ends when nobody has been connected for a while.
 */
export async function openBrowserPort(given: {
  readonly port: number;
  /** Where the browser itself listens. */
  readonly ownPort: number;
  readonly start: () => Promise<RunningBrowser>;
  readonly idleMs?: number;
}): Promise<BrowserPort> {
  const idleMs = given.idleMs ?? IDLE_MS;
  const open = new Set<Socket>();
  let running: Promise<RunningBrowser> | undefined;
  let idle: NodeJS.Timeout | undefined;
  let closed = false;

  const ensure = (): Promise<RunningBrowser> => {
    if (running !== undefined) return running;
    const mine = given.start();
    running = mine;
    const forget = () => {
      if (running === mine) running = undefined;
    };
    mine.then(({ ended }) => ended.then(forget), forget);
    return mine;
  };

  const end = async (): Promise<void> => {
    const mine = running;
    running = undefined;
    await (await mine?.catch(() => undefined))?.end();
  };

  const rest = () => {
    clearTimeout(idle);
    if (open.size === 0 && !closed) idle = setTimeout(() => void end(), idleMs).unref();
  };

  const accept = (inner: Socket) => {
    clearTimeout(idle);
    open.add(inner);
    inner.on('error', () => inner.destroy());
    inner.on('close', () => {
      open.delete(inner);
      rest();
    });
    ensure().then(
      () => join(inner, given.ownPort),
      (error: unknown) => inner.end(unavailable(errorText(error))),
    );
  };

  const first = await listen(accept, given.port, '127.0.0.1');
  const address = first.address();
  const port = typeof address === 'object' && address !== null ? address.port : given.port;
  const second = await listen(accept, port, '::1').catch(() => undefined);
  return {
    port,
    async close() {
      closed = true;
      clearTimeout(idle);
      first.close();
      second?.close();
      for (const socket of open) socket.destroy();
      await end();
    },
  };
}

function join(inner: Socket, port: number): void {
  if (inner.destroyed) return;
  const outer = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const failed = (error: Error) => inner.end(unavailable(`Cannot reach the browser: ${error.message}`));
  outer.once('error', failed);
  outer.once('connect', () => {
    outer.off('error', failed);
    splice(inner, outer);
  });
}

function unavailable(why: string): string {
  const body = `${why}\n`;
  return [
    'HTTP/1.1 503 Service Unavailable',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

function listen(accept: (socket: Socket) => void, port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, accept);
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
