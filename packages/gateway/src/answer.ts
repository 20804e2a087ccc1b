import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Ends a request with a sentence. The connection is not used again when a body is still to come. */
export function answer(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  answerWith(request, response, status, 'text/plain; charset=utf-8', `${text}\n`);
}

/** Ends a request with a body of some type. */
export function answerWith(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  if (!request.complete) response.setHeader('connection', 'close');
  response.writeHead(status, { ...headers, 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Ends a connection that has left HTTP's hands (an upgrade, a CONNECT, garbage) with a sentence. */
export function answerSocket(socket: Duplex, status: string, text: string): void {
  if (socket.destroyed) return;
  const body = `${text}\n`;
  const head = [
    `HTTP/1.1 ${status}`,
    'content-type: text/plain; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.on('error', () => {});
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
