import { connect, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export type TcpEngine = AsyncDisposable & {
  readonly host: string;
  /** Ends every connection that is open now, as a network does. */
  cut(): void;
  /** Carries nothing more on the connections that are open now, and says nothing of it; new ones are carried. */
  silence(): void;
};

/** The engine of a Unix socket at a TCP address, where nothing says that it is on this machine. */
export async function tcpEngine(host: string, tls?: TlsOptions): Promise<TcpEngine> {
  const path = host.replace('unix://', '');
  const open = new Set<Socket>();
  const take = (near: Socket) => {
    const far = connect({ path, allowHalfOpen: true });
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  };
  const server =
    tls === undefined
      ? createServer({ allowHalfOpen: true }, take)
      : createTlsServer({ ...tls, allowHalfOpen: true }, take);
  // Those too whose handshake failed.
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    host: `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    cut,
    silence() {
      for (const socket of open) socket.unpipe().pause();
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
