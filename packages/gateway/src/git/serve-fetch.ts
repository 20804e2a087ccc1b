import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { plainBody } from './body.ts';
import { FLUSH, pktLine } from './pkt-line.ts';
import { runGit, startGit } from './run-git.ts';

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
const UPLOAD_PACK = [...OFFERED, 'upload-pack', '--stateless-rpc', '--strict', `--timeout=${SILENCE_S}`];
const V2 = 'version=2';

/**
 * What git answers first in version 2 of its protocol, by mirror. It says what git can do and nothing of the repository but how
 * its objects are named, so that git is asked once. <https://git-scm.com/docs/protocol-v2#_capability_advertisement>
 */
const capabilities = new Map<string, string>();

/** Answers `GET info/refs?service=git-upload-pack`. */
export async function advertiseFetch(
  mirror: string,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const known = request.headers['git-protocol'] === V2 ? await capabilitiesOf(mirror, signal) : undefined;
  head(response, 'advertisement');
  response.write(Buffer.concat([pktLine('# service=git-upload-pack\n'), FLUSH]));
  if (known !== undefined) response.end(known);
  else await uploadPack(mirror, ['--advertise-refs'], undefined, request, response, signal);
}

/** Undefined where git does not tell; it then says why to who asks. */
async function capabilitiesOf(mirror: string, signal: AbortSignal): Promise<string | undefined> {
  const known = capabilities.get(mirror);
  if (known !== undefined) return known;
  const env = { GIT_PROTOCOL: V2 };
  const { exitCode, stdout } = await runGit([...UPLOAD_PACK, '--advertise-refs', mirror], {
    repository: mirror,
    signal,
    env,
  });
  if (exitCode !== 0) return undefined;
  capabilities.set(mirror, stdout);
  return stdout;
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
  const { program, ended } = startGit([...UPLOAD_PACK, ...options, mirror], { repository: mirror, signal, env });
  try {
    if (input === undefined) program.stdin.end();
    else pipeline(input, program.stdin).catch(() => {});
    await pipeline(program.stdout, response);
  } finally {
    stop.abort();
    await ended;
  }
}
