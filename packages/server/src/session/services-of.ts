import {
  type Config,
  Fault,
  type Project,
  type RuntimeKind,
  type ServiceEnd,
  type Session,
  servicesFor,
} from '@cspace/domain';
import type { ServiceView } from '@cspace/protocol';
import type { Runtimes } from '../runtimes.ts';
import type { Settings } from '../settings.ts';
import type { Supervisors } from '../supervisors.ts';
import type { Tunnels } from '../tunnels.ts';
import type { UsableRuntime } from '../usable-runtime.ts';
import { readServiceLog } from './read-service-log.ts';
import { serviceViews } from './service-starts.ts';
import { startBeside } from './start-beside.ts';

export type ServicesOf = {
  hasContainers(runtime: RuntimeKind): boolean;
  /** The runtime of a new session, which is one that its services can run on. */
  runtimeFor(project: Project, asked: RuntimeKind | undefined): Promise<RuntimeKind>;
  /** A Fault when the services of the configuration as it is now cannot run where the session does. */
  check(session: Session, config: Config): void;
  views(session: Session): readonly ServiceView[];
  /** Starts one beside a sandbox; resolves once it is healthy. */
  start(session: Session, service: string): Promise<void>;
  /** Resolves once one that runs beside a sandbox does not. */
  ended(session: Session, service: string, signal: AbortSignal): Promise<ServiceEnd>;
  log(session: Session, service: string, signal: AbortSignal): Promise<string>;
};

/** The services of sessions, wherever they run. */
export function servicesOf(given: {
  readonly runtimes: Pick<Runtimes, 'of'>;
  readonly usable: UsableRuntime;
  readonly settings: Settings;
  readonly supervisors: Supervisors;
  readonly tunnels: Tunnels;
}): ServicesOf {
  const { runtimes, settings, supervisors, tunnels } = given;
  const hasContainers = (runtime: RuntimeKind) => runtimes.of(runtime).services !== undefined;
  const views = ({ projectId, runtime, outfit }: Session) => {
    const { inside } = servicesFor(settings.known(projectId).services, hasContainers(runtime));
    return serviceViews({ outfit, inside });
  };
  return {
    hasContainers,
    async runtimeFor(project, asked) {
      const config = await settings.read(project);
      const runtime = await given.usable(asked, config);
      servicesFor(config.services, hasContainers(runtime));
      return runtime;
    },
    check: (session, config) => void servicesFor(config.services, hasContainers(session.runtime)),
    views,
    start: (session, name) => startBeside(runtimes, session, name),
    async ended({ runtime, sandboxId }, name, signal) {
      const { services } = runtimes.of(runtime);
      if (services !== undefined) return services.ended(sandboxId, name, signal);
      throw new Fault('not-found', `Cannot find service ${name}: nothing runs beside the sandbox`);
    },
    log: (session, service, signal) =>
      readServiceLog(
        {
          supervisors,
          tunnels,
          services: views,
          besideLog: async ({ runtime, sandboxId }, name, maxBytes) =>
            (await runtimes.of(runtime).services?.log(sandboxId, name, maxBytes, signal)) ?? '',
        },
        session,
        service,
        signal,
      ),
  };
}
