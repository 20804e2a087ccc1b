import { Fault, type Session } from '@cspace/domain';
import { INSIDE, type ServiceView } from '@cspace/protocol';
import type { Supervisors } from '../supervisors.ts';
import type { Tunnels } from '../tunnels.ts';
import { runInside } from './run-inside.ts';

/** The most of a log that is given. */
const MAX_BYTES = 256 * 1024;

/** The last that a service of a session has said. Of one inside it is read where it runs, as the agent's user. */
export async function readServiceLog(
  dependencies: {
    readonly supervisors: Supervisors;
    readonly tunnels: Tunnels;
    readonly services: (session: Session) => readonly ServiceView[];
    /** Of a container. */
    readonly besideLog: (session: Session, service: string, maxBytes: number, signal: AbortSignal) => Promise<string>;
  },
  session: Session,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  const services = dependencies.services(session);
  const service = services.find((each) => each.name === name);
  if (service === undefined) {
    const names = services.map((each) => each.name).join(', ');
    throw new Fault('not-found', `Cannot read the log of service ${name}: ${session.name} has none of that name`, {
      hint: names === '' ? 'Its configuration has no services' : `It has ${names}`,
    });
  }
  if (service.where === 'beside') return dependencies.besideLog(session, service.name, MAX_BYTES, signal);
  if (dependencies.supervisors.get(session.id) === undefined) {
    throw new Fault('conflict', `Cannot read the log of service ${name}: ${session.name} does not run`, {
      hint: `cspace up ${session.name} wakes it`,
    });
  }
  // The name is one of the configuration's, which are fit for a path.
  const path = `${INSIDE.state}/services/${service.name}.log`;
  const last = async (file: string, bytes: number): Promise<string> => {
    const argv = ['tail', '-c', String(bytes), '--', file] as const;
    const { exitCode, output } = await runInside(dependencies.tunnels, session.id, [...argv], signal);
    return exitCode === 0 ? output : '';
  };
  const now = await last(path, MAX_BYTES);
  const room = MAX_BYTES - Buffer.byteLength(now);
  return room <= 0 ? now : (await last(`${path}.1`, room)) + now;
}
