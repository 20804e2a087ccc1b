import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerSocket } from '@cspace/gateway';
import { contract, TUNNEL_PATH, VERSION_HEADER } from '@cspace/protocol';
import { OpenAPIGenerator } from '@orpc/openapi';
import { OpenAPIHandler } from '@orpc/openapi/node';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import type { Logger } from 'pino';
import { VERSION } from '../version.ts';
import type { ApiCaller } from './caller.ts';
import { guard } from './guard.ts';
import type { router } from './router.ts';

export type Api = {
  /** Answers a request whose caller is known, whatever goes wrong. */
  handle(caller: ApiCaller, request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Serves the WebSocket of tunnels for a caller that is known. */
  upgrade(caller: ApiCaller, request: IncomingMessage, socket: Duplex, head: Buffer): void;
};

/** The contract over HTTP, with its OpenAPI document at `/v1/openapi.json`. */
export function api(
  routes: ReturnType<typeof router>,
  tunnel: (caller: ApiCaller, request: IncomingMessage, socket: Duplex, head: Buffer) => void,
  /** Answers what is beside the contract; false when it is not. */
  beside: (caller: ApiCaller, request: IncomingMessage, response: ServerResponse) => Promise<boolean>,
  log: Pick<Logger, 'error'>,
): Api {
  const handler = new OpenAPIHandler(routes);
  let document: Promise<string> | undefined;
  const handle: Api['handle'] = async (caller, request, response) => {
    response.setHeader(VERSION_HEADER, VERSION);
    if (request.method === 'GET' && request.url === '/v1/openapi.json') {
      document ??= openApiDocument();
      const text = await document;
      response.writeHead(200, { 'content-type': 'application/json' }).end(text);
      return;
    }
    if (await beside(caller, request, response)) return;
    const { matched } = await handler.handle(request, response, { context: { caller } });
    if (!matched) refuse(response, 404, 'there is nothing at this path', { unknownPath: true });
  };
  return {
    handle: (caller, request, response) =>
      handle(caller, request, response).catch((error: unknown) => {
        const bugId = crypto.randomUUID().slice(0, 8);
        log.error({ bugId, error }, 'a bug');
        if (response.headersSent) response.destroy();
        else refuse(response, 500, 'something unexpected happened in the server', { bugId });
      }),
    upgrade(caller, request, socket, head) {
      const path = (request.url ?? '').split('?', 1)[0];
      if (path === TUNNEL_PATH) tunnel(caller, request, socket, head);
      else refuseUpgrade(socket, 404);
    },
  };
}

/** The OpenAPI document of the contract, as JSON. */
export async function openApiDocument(): Promise<string> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  const document = await generator.generate(contract, { info: { title: 'cspace', version: '1' } });
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** An HTTP server whose every caller is a user of this machine: for a Unix socket that only that user can open. */
export function userServer(serve: Api, user: string): Server {
  const caller: ApiCaller = { kind: 'user', name: user };
  return listenerOf(serve, () => ({ allowed: true, caller }));
}

/** An HTTP server for a TCP address: nothing passes without the token. */
export function tokenServer(
  serve: Api,
  ours: { readonly token: string; readonly hosts: () => readonly string[] },
): Server {
  return listenerOf(serve, (request) => {
    const guarded = guard(request, { token: ours.token, hosts: ours.hosts() });
    return guarded.allowed ? { allowed: true, caller: { kind: 'user', name: 'remote' } } : guarded;
  });
}

type Decision =
  | { readonly allowed: true; readonly caller: ApiCaller }
  | { readonly allowed: false; readonly status: 401 | 403; readonly why: string };

function listenerOf(serve: Api, decide: (request: IncomingMessage) => Decision): Server {
  const server = createServer((request, response) => {
    const decision = decide(request);
    if (decision.allowed) void serve.handle(decision.caller, request, response);
    else refuse(response, decision.status, decision.why);
  });
  server.on('upgrade', (request, socket, head) => {
    const decision = decide(request);
    if (decision.allowed) serve.upgrade(decision.caller, request, socket, head);
    else refuseUpgrade(socket, decision.status);
  });
  return server;
}

const CODES: Readonly<Record<number, string>> = { 401: 'unauthenticated', 403: 'denied', 404: 'not-found', 500: 'bug' };

function refuse(response: ServerResponse, status: number, why: string, data: object = {}): void {
  const code = CODES[status];
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ defined: true, code, status, message: `Cannot answer: ${why}`, data }));
}

function refuseUpgrade(socket: Duplex, status: number): void {
  answerSocket(socket, `${status} Refused`, 'Cannot open this');
}
