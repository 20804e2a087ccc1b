import type { IncomingMessage, ServerResponse } from 'node:http';
import { ARTIFACT_LIMITS } from '@cspace/domain';
import { ADD_ARTIFACT_PATH, DOOR, INSIDE } from '@cspace/protocol';
import { answer } from './answer.ts';
import { forwardHttp } from './egress/forward-http.ts';
import type { Gate } from './gate.ts';
import { handleGit } from './git/handle-git.ts';
import { proxyModel } from './model/proxy-model.ts';

/** The longest body of an API call, in bytes: a prompt of 1 MiB with most of its characters escaped. */
const MAX_API_BODY_BYTES = 4 * 1024 * 1024;

/** Requests that may be under way on one connection. Clients send one; a pile of pipelined ones is an attack. */
const MAX_PIPELINED = 8;
const underWay = new WeakMap<object, number>();

/** Serves one request; what it throws is answered and reported, never passed on. */
export function routeRequest(gate: Gate, request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  const count = (underWay.get(socket) ?? 0) + 1;
  underWay.set(socket, count);
  response.once('close', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1));
  request.on('error', () => {});
  response.on('error', () => {});
  if (count > MAX_PIPELINED) {
    socket.destroy();
    return;
  }
  route(gate, request, response).catch((cause: unknown) => {
    gate.report(`a request through the door failed (${request.method ?? ''})`, cause);
    answer(request, response, 500, 'Cannot serve the request: this is a bug in cspace');
  });
}

async function route(gate: Gate, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = ownPath(request.url ?? '');
  if (url === undefined) return forwardHttp(gate, request, response);
  request.url = url;
  if (isBelow(url, DOOR.git)) return handleGit(gate.caller, gate.ports, request, response);
  if (isBelow(url, DOOR.anthropic) || isBelow(url, DOOR.openai)) return proxyModel(gate, request, response);
  if (isBelow(url, DOOR.api)) return api(gate, request, response);
  answer(request, response, 404, 'Cannot find this on the gateway');
}

function api(gate: Gate, request: IncomingMessage, response: ServerResponse): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const isArtifact = request.method === 'PUT' && isBelow(request.url ?? '', ADD_ARTIFACT_PATH);
  const longest = isArtifact ? ARTIFACT_LIMITS.fileBytes : MAX_API_BODY_BYTES;
  if (encoding !== undefined) {
    answer(request, response, 411, 'Cannot take the request: it does not say its length');
  } else if (Number(length ?? 0) > longest) {
    answer(request, response, 413, 'Cannot take the request: it is too long');
  } else {
    gate.ports.api(gate.caller, request, response);
  }
}

/** The path when the request is for the door itself, also where a client took the forwarder for its proxy. */
function ownPath(url: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(url)) return url;
  for (const host of ['127.0.0.1', 'localhost']) {
    const own = `http://${host}:${INSIDE.forwardPort}/`;
    if (url.startsWith(own)) return url.slice(own.length - 1);
  }
  return undefined;
}

function isBelow(url: string, path: string): boolean {
  return url.startsWith(path) && ['', '/', '?'].includes(url.charAt(path.length));
}
