import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { OpenAPIHandler } from '@orpc/openapi/node';
import { fakeRouter } from './fake-router.ts';
import type { World } from './world.ts';

export type FakeServer = AsyncDisposable & {
  /** Ends it without a word to anybody, as `kill -9` does. */
  kill(): Promise<void>;
  /** How many connections it has taken. */
  readonly connections: () => number;
};

/** Serves a world over HTTP on a Unix socket: the real protocol, an invented server. */
export async function fakeServer(
  socketPath: string,
  world: World,
  onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): Promise<FakeServer> {
  const closing = new AbortController();
  const handler = new OpenAPIHandler(fakeRouter(world, closing.signal));
  const sockets = new Set<Duplex>();
  let connections = 0;
  const server = createServer((request, response) => {
    const artifact = world.artifacts.find(({ artifact: { id } }) => request.url?.endsWith(`/artifacts/${id}/content`));
    if (artifact !== undefined) {
      response.writeHead(200, { 'content-type': artifact.artifact.mediaType }).end(artifact.bytes);
      return;
    }
    void handler.handle(request, response, {}).then(({ matched }) => {
      if (!matched) response.writeHead(404).end();
    });
  });
  server.on('connection', (socket: Duplex) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  if (onUpgrade !== undefined) server.on('upgrade', onUpgrade);
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  const kill = async () => {
    for (const socket of sockets) socket.destroy();
    closing.abort();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    rmSync(socketPath, { force: true });
  };
  return { kill, connections: () => connections, [Symbol.asyncDispose]: kill };
}
