import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  request as send,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Index, Session } from '@cspace/domain';
import { answerSocket, endToEndHeaders } from '@cspace/gateway';
import type { Tunnels } from '../tunnels.ts';
import { closeServer } from './close-server.ts';
import { listening } from './listening.ts';
import { previewHeaders } from './preview-headers.ts';
import { type PreviewTarget, previewLabel, previewTarget } from './preview-target.ts';

const MAX_HEAD_BYTES = 64 * 1024;
const HEAD_MS = 10_000;
const NO_TOKEN = 'This address needs the token that cspace ports shows.';
const NOBODY = 'Nothing answers there: the sandbox is not running, or nothing listens on that port.';

/**
 * Opens what sandboxes listen on, each port of each session on an origin of its own:
 * `http://<port>-<session>-<token>.localhost:<ours>`. The name carries the token, so a page of one preview can neither name
 * nor reach another, nor the API. One TCP listener on loopback serves them all; nothing of a sandbox is published.
 */
export type Previews = {
  urlOf(session: Session, port: number): string;
  close(): void;
};

type Given = {
  readonly index: Index;
  readonly tunnels: Tunnels;
  /** Where secret and port are kept, so that URLs outlive a restart of the server. */
  readonly directory: string;
};

export async function previewServer(given: Given): Promise<Previews> {
  const secret = kept(join(given.directory, 'preview-secret'), () => randomBytes(32).toString('hex'));
  const portFile = join(given.directory, 'preview-port');
  const before = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0;
  const targetOf = (request: IncomingMessage): PreviewTarget | undefined => {
    const hosts = request.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host');
    const target = hosts.length === 1 ? previewTarget(secret, request.headers.host ?? '', ours) : undefined;
    return target !== undefined && given.index.sessions.get(target.sessionId) !== undefined ? target : undefined;
  };
  const serve = (): Server => {
    const options = { maxHeaderSize: MAX_HEAD_BYTES, headersTimeout: HEAD_MS, requestTimeout: 0 };
    const onRequest: RequestListener = (request, response) => {
      const target = targetOf(request);
      if (target === undefined) answer(response, 401, NO_TOKEN);
      else void forward(given.tunnels, target, request, response);
    };
    return createServer(options, onRequest).on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const target = targetOf(request);
      if (target === undefined) answerSocket(socket, '401 Refused', NO_TOKEN);
      else void upgrade(given.tunnels, target, request, socket, head);
    });
  };

  const server = serve();
  await listen(server, before, '127.0.0.1').catch(() => listen(server, 0, '127.0.0.1'));
  const ours = (server.address() as AddressInfo).port;
  writeFileSync(portFile, String(ours), { mode: 0o600 });
  // A browser may try it first, and nobody else must be found there; a machine without IPv6 has none.
  const second = serve();
  await listen(second, ours, '::1').catch(() => undefined);
  return {
    urlOf: (session, port) => `http://${previewLabel(secret, { sessionId: session.id, port })}.localhost:${ours}/`,
    close: () => {
      for (const each of [server, second]) void closeServer(each);
    },
  };
}

async function forward(
  tunnels: Tunnels,
  target: PreviewTarget,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const inner = await tunnels.open(target.sessionId, { kind: 'port', port: target.port }, gone.signal);
    response.once('close', () => inner.destroy());
    inner.on('error', () => undefined);
    const length = request.headers['content-length'];
    const upstream = send({
      createConnection: () => inner,
      method: request.method,
      path: request.url,
      headers: [
        ...endToEndHeaders(request.rawHeaders, (name) => name === 'content-length').flat(),
        ...(length === undefined ? [] : ['content-length', length]),
        ...(request.headers['transfer-encoding'] === undefined ? [] : ['transfer-encoding', 'chunked']),
        ...['connection', 'close'],
      ],
      setDefaultHeaders: false,
      maxHeaderSize: MAX_HEAD_BYTES,
    });
    const incoming = await exchange(request, upstream);
    const headers = previewHeaders(endToEndHeaders(incoming.rawHeaders), target.port);
    response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, headers.flat());
    response.flushHeaders();
    await pipeline(incoming, response);
  } catch {
    answer(response, 502, NOBODY);
  }
}

/** Gives the request on; its answer may come before all of it is sent. */
function exchange(request: IncomingMessage, upstream: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    upstream.once('response', resolve);
    upstream.on('error', reject);
    upstream.once('close', () => reject(new Error('it did not answer')));
    request.pipe(upstream);
  });
}

/** From here on it is the two ends' own protocol: the request goes on as it came, and bytes both ways after it. */
async function upgrade(
  tunnels: Tunnels,
  target: PreviewTarget,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const gone = new AbortController();
  socket.on('close', () => gone.abort());
  socket.on('error', () => gone.abort());
  try {
    const inner = await tunnels.open(target.sessionId, { kind: 'port', port: target.port }, gone.signal);
    const lines = [`${request.method} ${request.url} HTTP/1.1`];
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
    }
    inner.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    inner.write(head);
    await Promise.allSettled([pipeline(socket, inner), pipeline(inner, socket)]);
  } catch {
    answerSocket(socket, '502 Refused', NOBODY);
  }
}

function answer(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  response.writeHead(status, {
    'content-type': 'text/plain',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  });
  response.end(text);
}

/** Written aside and moved into place, so that a crash leaves no half of one. */
function kept(path: string, make: () => string): string {
  if (!existsSync(path)) {
    writeFileSync(`${path}.new`, make(), { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
  }
  return readFileSync(path, 'utf8');
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return listening(server, (done) => server.listen({ port, host, ipv6Only: true }, done));
}
