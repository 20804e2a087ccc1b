import { type ClientRequest, request as http, type IncomingMessage } from 'node:http';
import { request as https } from 'node:https';
import type { Gate } from '../gate.ts';
import type { ModelCredential, ModelProvider } from '../ports.ts';
import { requestHeaders } from './request-headers.ts';

/** A request to a provider whose body the caller writes. */
export type Upstream = {
  readonly request: ClientRequest;
  /** The answer, or why there is none. Never rejects. */
  readonly answered: Promise<IncomingMessage | { readonly why: string }>;
};

export type Sent = {
  readonly method: string;
  /** Path and query below the base URL. */
  readonly path: string;
  readonly rawHeaders: readonly string[];
  readonly length: number | 'chunked' | undefined;
};

const CONNECT_MS = 30_000;

/** Opens a request to the provider with its credential; undefined when the base URL is none. */
export function sendUpstream(
  gate: Gate,
  provider: ModelProvider,
  credential: ModelCredential,
  sent: Sent,
): Upstream | undefined {
  const base = URL.parse(credential.baseUrl);
  if (base === null || !/^https?:$/.test(base.protocol)) return undefined;
  const secure = base.protocol === 'https:';
  const request = (secure ? https : http)({
    protocol: base.protocol,
    hostname: base.hostname.replace(/^\[|\]$/g, ''),
    port: base.port === '' ? (secure ? 443 : 80) : Number(base.port),
    method: sent.method,
    path: base.pathname.replace(/\/$/, '') + sent.path,
    headers: requestHeaders(sent.rawHeaders, provider, credential, base.host, sent.length),
    setDefaultHeaders: false,
    agent: secure ? gate.model.https : gate.model.http,
    maxHeaderSize: 64 * 1024,
  });
  return { request, answered: answerOf(request, gate.patience.idleMs) };
}

function answerOf(request: ClientRequest, idleMs: number): Upstream['answered'] {
  return new Promise((resolve) => {
    const connecting = setTimeout(() => request.destroy(coded('ETIMEDOUT')), CONNECT_MS);
    const connected = () => clearTimeout(connecting);
    request.once('socket', (socket) => {
      if (!socket.connecting) connected();
      socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected);
    });
    request.setTimeout(idleMs, () => request.destroy(coded('ETIMEDOUT')));
    request.once('response', (incoming) => {
      connected();
      resolve(incoming);
    });
    request.on('error', (error) => resolve({ why: whyOf(error) }));
    request.once('close', () => {
      connected();
      resolve({ why: 'it closed the connection' });
    });
  });
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** In words of our own: a system's message may name what the sandbox need not know. */
function whyOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ECONNREFUSED') return 'it refused the connection';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name was not found';
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'it does not answer';
  if (/CERT|SELF_SIGNED|VERIFY|ALTNAME/.test(code)) return `its certificate is not trusted (${code})`;
  if (/SSL|TLS|EPROTO/.test(code)) return 'TLS failed';
  if (code.startsWith('HPE_')) return 'it did not answer in HTTP';
  return 'the connection was lost';
}
