import type { ServerResponse } from 'node:http';
import { SHADOW_REF } from '@cspace/protocol';
import { FLUSH, pktLine } from './pkt-line.ts';
import { runGit } from './run-git.ts';

const CAPABILITIES = 'report-status delete-refs side-band-64k atomic ofs-delta object-format=sha1 agent=cspace';
const NO_COMMIT = '0'.repeat(40);
/** How many commits of the user are named, so that a push does not bring them again. */
const MAX_KNOWN = 200;

export type PushPlaces = { readonly mirror: string; readonly shadow: string };

/** Answers `GET info/refs?service=git-receive-pack`: the branches and tags, this session's saved work, and commits that are here. */
export async function advertisePush(places: PushPlaces, response: ServerResponse, signal: AbortSignal): Promise<void> {
  const [refs, known, shadow] = await Promise.all([
    refsOf(places.mirror, ['refs/heads/', 'refs/tags/'], signal),
    refsOf(places.mirror, ['refs/cspace/local/'], signal),
    refsOf(places.shadow, [SHADOW_REF], signal),
  ]);
  const shown = new Set(refs.values());
  const haves = [...new Set(known.values())].filter((at) => !shown.has(at)).slice(0, MAX_KNOWN);
  const lines = [...[...refs, ...shadow].map(([ref, at]) => `${at} ${ref}`), ...haves.map((at) => `${at} .have`)];
  const [first = `${NO_COMMIT} capabilities^{}`, ...rest] = lines;
  response.writeHead(200, {
    'content-type': 'application/x-git-receive-pack-advertisement',
    'cache-control': 'no-cache',
  });
  response.end(
    Buffer.concat([
      pktLine('# service=git-receive-pack\n'),
      FLUSH,
      pktLine(`${first}\0${CAPABILITIES}\n`),
      ...rest.map((line) => pktLine(`${line}\n`)),
      FLUSH,
    ]),
  );
}

/** Refs under some prefixes, by full name. */
export async function refsOf(
  repository: string,
  prefixes: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const args = ['for-each-ref', '--format=%(objectname) %(refname)', ...prefixes];
  const { exitCode, stdout, stderr } = await runGit(args, { repository, signal });
  if (exitCode !== 0) throw new Error(`git for-each-ref in ${repository}: ${stderr}`);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
}
