import type { Session } from '@cspace/domain';
import type { PortView } from '@cspace/protocol';
import type { Supervisors } from '../supervisors.ts';

const ASK_MS = 5_000;

/** The ports a session's sandbox listens on, with the labels of its configuration and where they open on this machine. */
export async function sessionPorts(
  dependencies: {
    readonly supervisors: Supervisors;
    readonly labels: (session: Session) => Readonly<Record<string, string>>;
    readonly urlOf: (session: Session, port: number) => string;
  },
  session: Session,
  signal: AbortSignal,
): Promise<PortView[]> {
  const attached = dependencies.supervisors.get(session.id);
  if (attached === undefined) return [];
  const { ports } = await attached.status(AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]));
  const labels = dependencies.labels(session);
  return ports.map(({ port, process }) => ({
    port,
    process,
    label: labels[String(port)] ?? null,
    url: dependencies.urlOf(session, port),
  }));
}
