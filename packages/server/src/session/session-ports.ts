import type { Session } from '@cspace/domain';
import type { PortView } from '@cspace/protocol';
import type { Supervisors } from '../supervisors.ts';

const ASK_MS = 5_000;

/** The ports a session's sandbox listens on, and those its configuration has a label for, with where they open on this machine. */
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
  const status = await attached?.status(AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]));
  return portViews(status?.ports ?? [], dependencies.labels(session), (port) => dependencies.urlOf(session, port));
}

/** One for each port that is listened on or has a label, by number. A label that nobody listens on is shown as that. */
export function portViews(
  listening: readonly { readonly port: number; readonly process: string }[],
  labels: Readonly<Record<string, string>>,
  urlOf: (port: number) => string,
): PortView[] {
  const processes = new Map(listening.map(({ port, process }) => [port, process]));
  const ports = new Set([...processes.keys(), ...Object.keys(labels).map(Number)]);
  return [...ports]
    .sort((a, b) => a - b)
    .map((port) => ({
      port,
      label: labels[String(port)] ?? null,
      process: processes.get(port) ?? null,
      url: urlOf(port),
    }));
}
