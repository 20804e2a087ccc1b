import { basename } from 'node:path';
import type { Index, Outfit, SandboxService, Session } from '@cspace/domain';
import { INSIDE, pathInside } from '@cspace/protocol';
import type { Preparation } from '../act/act.ts';
import { failpointInside } from '../failpoint.ts';
import type { Doors } from './doors.ts';

function besideOf({ argv, health, name, image, env, volumes }: Outfit['services'][number]): SandboxService {
  const [file, ...rest] = argv ?? [];
  return {
    name,
    image,
    env,
    volumes,
    ...(file === undefined ? {} : { argv: [file, ...rest] }),
    ...(health === undefined ? {} : { health }),
  };
}

/** What a sandbox and its run are made of: the door, two read-only mounts, the session's limits, the supervisor. */
export async function prepareSandbox(
  given: {
    readonly index: Index;
    readonly doors: Doors;
    /** The toolbox directory on this machine, assembled. */
    readonly toolbox: () => Promise<string>;
    /** The `objects` directory of the project's mirror. */
    readonly mirrorObjects: (session: Session) => Promise<string>;
  },
  session: Session,
): Promise<Preparation> {
  await given.doors.open(session);
  const { memoryBytes, cpus, pids, diskBytes } = session.limits;
  return {
    spec: {
      id: session.sandboxId,
      layers: session.layers,
      owner: { projectId: session.projectId, sessionId: session.id },
      ...(session.outfit === undefined
        ? {}
        : { image: session.outfit.image, services: session.outfit.services.map(besideOf) }),
      mounts: [
        { source: await given.toolbox(), target: INSIDE.toolbox, mode: 'read-only' },
        // Without them a clone is fetched through the door.
        {
          source: await given.mirrorObjects(session),
          target: INSIDE.mirrorObjects,
          mode: 'read-only',
          isConvenience: true,
        },
      ],
      door: {
        source: given.doors.directory(session.sandboxId),
        target: INSIDE.doorDirectory,
        socket: basename(INSIDE.door),
        relay: [`${INSIDE.toolbox}/bin/node`, `${INSIDE.toolbox}/relay.mjs`],
      },
      limits: {
        ...(memoryBytes === undefined ? {} : { memoryBytes }),
        ...(cpus === undefined ? {} : { cpus }),
        ...(pids === undefined ? {} : { pids }),
        ...(diskBytes === undefined ? {} : { diskBytes }),
      },
      hostname: session.name.replaceAll('_', '-').slice(0, 63),
    },
    command: {
      argv: [`${INSIDE.toolbox}/bin/node`, `${INSIDE.toolbox}/supervisor.mjs`],
      env: {
        PATH: pathInside(session.outfit?.env.PATH ?? '/usr/local/bin:/usr/bin:/bin'),
        HOME: INSIDE.home,
        USER: 'agent',
        LOGNAME: 'agent',
        SHELL: '/bin/bash',
        LANG: 'C.UTF-8',
        ...failpointInside(),
      },
      cwd: INSIDE.workspace,
    },
  };
}
