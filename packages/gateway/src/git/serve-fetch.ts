import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { plainBody } from './body.ts';
import { FLUSH, pktLine } from './pkt-line.ts';
import { startGit } from './run-git.ts';

/**
 * A sandbox sees branches and tags. Any commit may be asked for by its id: the base of a session need not be on a branch,
 * protocol version 2 allows it in any case, and the mirror's objects are shown to the sandbox anyway.
 */
const OFFERED = [
  ['transfer.hideRefs', 'refs/'],
  ['transfer.hideRefs', '!refs/heads/'],
  ['transfer.hideRefs', '!refs/tags/'],
  ['uploadpack.allowAnySHA1InWant', 'true'],
  ['uploadpack.allowFilter', 'true'],
  ['uploadpackfilter.allow', 'false'],
  ['uploadpackfilter.blob:none.allow', 'true'],
  ['uploadpackfilter.blob:limit.allow', 'true'],
  ['uploadpackfilter.tree.allow', 'true'],
].flatMap(([key, value]) => ['-c', `${key}=${value}`]);

/** How long one exchange may take, and how long git waits for a client that says nothing. */
const FETCH_MS = 30 * 60_000;
const SILENCE_S = 120;

/** Answers `GET info/refs?service=git-upload-pack`. */
export async function advertiseFetch(
  mirror: string,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  head(response, 'advertisement');
  response.write(Buffer.concat([pktLine('# service=git-upload-pack\n'), FLUSH]));
  await uploadPack(mirror, ['--advertise-refs'], undefined, request, response, signal);
}

/** Answers `POST git-upload-pack`. */
export async function serveFetch(
  mirror: string,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  head(response, 'result');
  await uploadPack(mirror, [], plainBody(request), request, response, signal);
}

function head(response: ServerResponse, what: string): void {
  response.writeHead(200, { 'content-type': `application/x-git-upload-pack-${what}`, 'cache-control': 'no-cache' });
}

async function uploadPack(
  mirror: string,
  options: readonly string[],
  input: NodeJS.ReadableStream | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  clientGone: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([clientGone, stop.signal, AbortSignal.timeout(FETCH_MS)]);
  const version = request.headers['git-protocol'];
  const env = typeof version === 'string' && /^version=[0-2]$/.test(version) ? { GIT_PROTOCOL: version } : {};
  const args = [...OFFERED, 'upload-pack', '--stateless-rpc', '--strict', `--timeout=${SILENCE_S}`, ...options, mirror];
  const { program, ended } = startGit(args, { repository: mirror, signal, env });
  try {
    if (input === undefined) program.stdin.end();
    else pipeline(input, program.stdin).catch(() => {});
    await pipeline(program.stdout, response);
  } finally {
    stop.abort();
    await ended;
  }
}
