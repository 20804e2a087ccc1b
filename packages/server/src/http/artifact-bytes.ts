import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { ArtifactId, FAULTS, Fault, type Index, isFault, SessionId } from '@cspace/domain';
import { ADD_ARTIFACT_PATH } from '@cspace/protocol';
import type { Logger } from 'pino';
import type { Artifacts } from '../artifact/artifacts.ts';
import { findSession } from '../session/find-session.ts';
import { type ApiCaller, requireProject } from './caller.ts';

type Given = { readonly index: Index; readonly artifacts: Artifacts; readonly log: Logger };

/** The bytes of artifacts, in and out: beside the contract, as they are streamed. False when the request is for something else. */
export function artifactBytes(given: Given) {
  return async (caller: ApiCaller, request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    // Not every path is one for URL: `//` is none.
    const url = URL.parse(`http://server${request.url ?? '/'}`);
    if (url === null) return false;
    const asked = /^\/v1\/sessions\/([^/]+)\/artifacts\/([^/]+)\/content$/.exec(url.pathname);
    const adds = request.method === 'PUT' && url.pathname === ADD_ARTIFACT_PATH;
    if (!adds && (request.method !== 'GET' || asked === null)) return false;
    try {
      if (adds) await add(given, caller, url, request, response);
      else await give(given, caller, asked?.[1] ?? '', asked?.[2] ?? '', response);
    } catch (error) {
      refuse(given, request, response, error);
    }
    return true;
  };
}

async function add(
  { artifacts }: Given,
  caller: ApiCaller,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (caller.kind !== 'session') {
    throw new Fault('denied', 'Cannot add an artifact: only a session does', {
      hint: 'Inside, put the file into the directory $CSPACE_ARTIFACTS',
    });
  }
  const name = url.searchParams.get('name');
  const length = Number(request.headers['content-length']);
  if (name === null || !Number.isSafeInteger(length)) {
    throw new Fault('invalid', 'Cannot add an artifact: its name or its length is missing');
  }
  const artifact = await artifacts.add(caller.sessionId, name, length, request);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(artifact));
}

async function give(
  { index, artifacts }: Given,
  caller: ApiCaller,
  session: string,
  artifact: string,
  response: ServerResponse,
): Promise<void> {
  const [sessionId, artifactId] = [SessionId.safeParse(session), ArtifactId.safeParse(artifact)];
  if (!sessionId.success || !artifactId.success) {
    throw new Fault('invalid', 'Cannot get the artifact: that is not an id');
  }
  const { id, projectId } = findSession(index, sessionId.data, { removed: true });
  requireProject(caller, projectId);
  const found = await artifacts.open(id, artifactId.data);
  const { name, mediaType, bytes } = found.artifact;
  response.writeHead(200, {
    'content-type': mediaType,
    'content-length': bytes,
    'content-disposition': attachment(name),
    // What an agent made is never a page of ours.
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'private, max-age=31536000, immutable',
  });
  // One who stops listening in the middle is no failure of ours.
  await pipeline(found.bytes, response).catch(() => undefined);
}

/** A download with that name: the whole name for those who read it encoded, a plain one for the others. */
function attachment(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const encoded = encodeURIComponent(base).replace(/['()*]/g, (each) => `%${each.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${base.replace(/[^\w. -]/g, '_')}"; filename*=UTF-8''${encoded}`;
}

function refuse({ log }: Given, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (request.readableAborted || response.headersSent) {
    response.destroy();
    return;
  }
  const bugId = isFault(error) ? undefined : crypto.randomUUID().slice(0, 8);
  if (bugId !== undefined) log.error({ bugId, error }, 'a bug');
  const fault = isFault(error)
    ? error
    : new Fault('bug', 'Cannot do that: something unexpected happened in the server', {
        hint: `The server's log has it under ${bugId}`,
      });
  const { code, message, hint } = fault;
  const { status } = FAULTS[code];
  const data = { ...(hint === undefined ? {} : { hint }), ...(bugId === undefined ? {} : { bugId }) };
  // The rest of a body that is not wanted is not waited for.
  response
    .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
    .end(JSON.stringify({ defined: true, code, status, message, data }));
}
