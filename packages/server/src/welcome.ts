import { type Config, type Index, type RuntimeKind, type Session, servicesFor } from '@cspace/domain';
import type { Registries } from '@cspace/gateway';
import { type AgentStart, type Down, INSIDE } from '@cspace/protocol';
import type { Repositories } from './repositories.ts';
import { serviceStarts } from './session/service-starts.ts';

/** What a supervisor that connects is told: its session, its clone, its agent, and how far its events are stored. */
export async function welcome(
  given: {
    readonly index: Index;
    readonly repositories: Repositories;
    readonly manifest: { startOf(session: Session): Promise<AgentStart> };
    readonly settings: (session: Session) => Promise<Config>;
    readonly hasContainers: (runtime: RuntimeKind) => boolean;
    /** What package managers inside need to find the user's registries; no credential is in it. */
    readonly registries: Pick<Registries, 'environment' | 'files'>;
  },
  session: Session,
  ackedSeq: number,
): Promise<Down> {
  const project = given.index.projects.get(session.projectId);
  const config = await given.settings(session);
  const { inside } = servicesFor(config.services, given.hasContainers(session.runtime));
  const author = await given.repositories.authorOf(session.projectId);
  const origin = ackedSeq === 0 ? await given.repositories.originOf(session.projectId) : undefined;
  const start = session.withAgent ? await given.manifest.startOf(session) : undefined;
  const files = given.registries.files.map(({ path, text }) => [`${INSIDE.home}/${path}`, text] as const);
  const agent = start === undefined ? undefined : { ...start, files: { ...Object.fromEntries(files), ...start.files } };
  return {
    type: 'welcome',
    session: { id: session.id, name: session.name, role: session.role, project: project?.name ?? '' },
    ackedSeq,
    clone: {
      alternates: INSIDE.mirrorObjects,
      branch: session.branch,
      baseCommit: session.base.commit,
      ...(session.base.branch === undefined ? {} : { baseBranch: session.base.branch }),
      authorName: author.name,
      authorEmail: author.email,
      ...(origin === undefined ? {} : { origin }),
    },
    env: { ...imageEnvironment(session), ...given.registries.environment, ...config.sandbox?.env },
    setup: [...(session.outfit?.setup ?? []), ...scripts(config.sandbox?.setup)],
    start: [...(session.outfit?.start ?? []), ...scripts(config.sandbox?.start)],
    services: serviceStarts({ outfit: session.outfit, inside }),
    ...(agent === undefined ? {} : { agent }),
    ...(session.conversationId === undefined ? {} : { conversationId: session.conversationId }),
    idleMs: session.limits.idleMs,
  };
}

/** Who the user is, and where, is ours to say; the path is in the sandbox's own environment already. */
const OURS = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'HOSTNAME'];

function imageEnvironment({ outfit }: Session): Record<string, string> {
  return Object.fromEntries(Object.entries(outfit?.env ?? {}).filter(([name]) => !OURS.includes(name)));
}

function scripts(value: string | readonly string[] | undefined): string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : [...value];
}
