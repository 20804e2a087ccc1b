import { Fault, type Session } from '@cspace/domain';
import { INSIDE, type ServiceView, type SessionCheck } from '@cspace/protocol';
import type { Supervisors } from '../supervisors.ts';
import type { Tunnels } from '../tunnels.ts';
import { runInside } from './run-inside.ts';

const CHECK_MS = 10_000;
/** Nothing is ever called this: the answer is the gateway's own, and no packet leaves. */
const NOWHERE = 'door.check.invalid';
const MAX_ANSWER_BYTES = 16 * 1024;

type Dependencies = {
  readonly supervisors: Supervisors;
  readonly tunnels: Tunnels;
  readonly services: (session: Session) => readonly ServiceView[];
};

/**
 * Whether a session that runs is ready for work, each part asked itself. `fresh`: nobody has worked in it yet, so its
 * workspace must be the commit it started from.
 */
export async function checkSession(
  given: Dependencies,
  session: Session,
  fresh: boolean,
  signal: AbortSignal,
): Promise<SessionCheck[]> {
  const attached = given.supervisors.get(session.id);
  if (attached === undefined) return [{ what: 'supervisor', why: 'it does not answer' }];
  const until = AbortSignal.any([signal, AbortSignal.timeout(CHECK_MS)]);
  const status = attached.status(until);
  const parts: readonly (readonly [SessionCheck['what'], Promise<string | null>])[] = [
    ['supervisor', status.then(() => null)],
    ['clone', whatOfClone(given, session, fresh, until)],
    ['services', status.then(({ ports }) => whatOfServices(given.services(session), ports))],
    ['egress', whatOfEgress(given, session, until)],
  ];
  return Promise.all(
    parts.map(async ([what, why]) => ({ what, why: await why.catch((error: unknown) => reasonOf(error)) })),
  );
}

async function whatOfClone(
  { tunnels }: Dependencies,
  session: Session,
  fresh: boolean,
  signal: AbortSignal,
): Promise<string | null> {
  const git = (...args: readonly string[]) =>
    runInside(tunnels, session.id, ['git', '-C', INSIDE.workspace, ...args], signal);
  const [head, branch, missing] = await Promise.all([
    git('rev-parse', '--verify', 'HEAD^{commit}'),
    git('symbolic-ref', '--short', 'HEAD'),
    git('ls-files', '--deleted', '-z'),
  ]);
  if (head.exitCode !== 0) return 'there is no commit in its workspace';
  if (!fresh) return null;
  if (head.output.trim() !== session.base.commit) {
    return `it is at ${head.output.trim().slice(0, 12)}, not at ${session.base.commit.slice(0, 12)}`;
  }
  if (branch.output.trim() !== session.branch) return `it is on ${branch.output.trim()}, not on ${session.branch}`;
  const files = missing.output.split('\0').filter(Boolean).length;
  return files === 0 ? null : `${files} files of its commit are missing`;
}

/** Each port that somebody waits for at the start must be listened on, wherever its service runs. */
export function whatOfServices(
  services: readonly ServiceView[],
  listening: readonly { readonly port: number }[],
): string | null {
  const silent = services
    .filter(({ onDemand }) => !onDemand)
    .flatMap(({ name, ports }) => ports.map((port) => ({ name, port })))
    .find(({ port }) => !listening.some((each) => each.port === port));
  return silent === undefined ? null : `nothing listens on port ${silent.port} of ${silent.name}`;
}

/** Asks the proxy inside for a host that may not be reached: only the gateway at the other end of the door can refuse it. */
export async function whatOfEgress(
  { tunnels }: Pick<Dependencies, 'tunnels'>,
  session: Pick<Session, 'id'>,
  signal: AbortSignal,
): Promise<string | null> {
  const stream = await tunnels.open(session.id, { kind: 'port', port: INSIDE.forwardPort }, signal);
  const cut = () => stream.destroy();
  signal.addEventListener('abort', cut, { once: true });
  try {
    stream.write(`GET http://${NOWHERE}/ HTTP/1.1\r\nHost: ${NOWHERE}\r\nConnection: close\r\n\r\n`);
    let answer = '';
    for await (const chunk of stream) {
      answer += Buffer.from(chunk as Uint8Array).toString('latin1');
      if (answer.length > MAX_ANSWER_BYTES) break;
    }
    return answer.includes(`Cannot reach ${NOWHERE}`) ? null : 'its door does not answer';
  } finally {
    signal.removeEventListener('abort', cut);
    stream.destroy();
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Fault) return error.message.replace(/^Cannot [^:]*: /, '');
  return 'it does not answer in time';
}
