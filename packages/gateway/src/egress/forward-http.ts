import { type ClientRequest, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type Authority, authorityText, type Parsed, parseAuthority } from '@cspace/domain';
import { answer } from '../answer.ts';
import { endToEndHeaders } from '../end-to-end-headers.ts';
import type { Gate } from '../gate.ts';
import { reach } from './reach.ts';

/** Serves `GET http://host/path`: a plain HTTP request to a host that may be reached. Redirects go back to who asked. */
export async function forwardHttp(gate: Gate, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? '';
  const target = targetOf(request);
  if (!target.ok) {
    gate.egressLog({ host: url.slice(0, 300), port: 0, decision: 'denied', why: target.why });
    return answer(request, response, 400, `Cannot reach the host: ${target.why}`);
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const reached = await reach(gate, target.value.authority, gone.signal);
  if (reached.kind === 'not') return answer(request, response, reached.status, reached.sentence);
  const { socket } = reached;
  response.once('close', () => socket.destroy());
  if (response.destroyed) {
    socket.destroy();
    return;
  }
  const { authority, path } = target.value;
  const headers = endToEndHeaders(request.rawHeaders, (name) => name === 'host' || name === 'content-length');
  const length = request.headers['content-length'];
  const upstream = send({
    createConnection: () => socket,
    method: request.method,
    path,
    headers: [
      'host',
      hostHeader(authority),
      ...headers.flat(),
      ...(length === undefined ? [] : ['content-length', length]),
      ...(request.headers['transfer-encoding'] === undefined ? [] : ['transfer-encoding', 'chunked']),
      'connection',
      'close',
    ],
    setDefaultHeaders: false,
    maxHeaderSize: 64 * 1024,
  });
  await exchange(request, upstream, response, authority);
}

async function exchange(
  request: IncomingMessage,
  upstream: ClientRequest,
  response: ServerResponse,
  authority: Authority,
): Promise<void> {
  const answered = new Promise<IncomingMessage | undefined>((resolve) => {
    upstream.once('response', resolve);
    upstream.once('close', () => resolve(undefined));
    upstream.on('error', () => resolve(undefined));
  });
  request.pipe(upstream);
  const incoming = await answered;
  if (incoming === undefined) {
    return answer(request, response, 502, `Cannot reach ${authorityText(authority)}: it did not answer in HTTP`);
  }
  response.writeHead(incoming.statusCode ?? 502, endToEndHeaders(incoming.rawHeaders).flat());
  response.flushHeaders();
  await pipeline(incoming, response).catch(() => response.destroy());
}

type Target = { readonly authority: Authority; readonly path: string };

function targetOf(request: IncomingMessage): Parsed<Target> {
  const split = /^http:\/\/([^/?#]*)(\/?[^#]*)$/i.exec(request.url ?? '');
  if (split === null) return { ok: false, why: 'only http:// URLs are proxied; https goes by CONNECT' };
  const [, authorityPart = '', rest = ''] = split;
  const authority = parseAuthority(authorityPart, 80);
  if (!authority.ok) return authority;
  const { host } = request.headers;
  const named = host === undefined || host === '' ? authority : parseAuthority(host, 80);
  if (!named.ok || authorityText(named.value) !== authorityText(authority.value)) {
    return { ok: false, why: 'the Host header names another host than the URL' };
  }
  return { ok: true, value: { authority: authority.value, path: rest.startsWith('/') ? rest : `/${rest}` } };
}

function hostHeader(authority: Authority): string {
  const text = authorityText(authority);
  return authority.port === 80 ? text.replace(/:80$/, '') : text;
}
