import { join } from 'node:path';
import { type Base, Fault, type Index, type Project, type ProjectId, type Session } from '@cspace/domain';
import type { LandOutcome, PushRequest } from '@cspace/gateway';
import type { Diff } from '@cspace/protocol';
import { type Author, authorOf } from './mirror/author.ts';
import { coalesce } from './mirror/coalesce.ts';
import { diffOf } from './mirror/diff.ts';
import { type Export, exportCommit, hasDevcontainer } from './mirror/export-commit.ts';
import { viewOf } from './mirror/fetch-local.ts';
import { filesAt } from './mirror/files-at.ts';
import { headOf } from './mirror/head-of.ts';
import { isTracked } from './mirror/is-tracked.ts';
import { landPush as forwardPush, lookUpPush } from './mirror/land-push.ts';
import { fetchMirror, type Mirror, openMirror } from './mirror/mirror.ts';
import { type Origin, originOf } from './mirror/origin-of.ts';
import { branchTip, resolveBase } from './mirror/resolve-base.ts';
import { openShadow } from './mirror/shadow.ts';

/** The server's own bare repositories: a mirror a project, a shadow repository a session. */
export type Repositories = {
  mirrorOf(projectId: ProjectId): Promise<Mirror>;
  shadowOf(session: Session): Promise<string>;
  /** The mirror brought up to date, and the commit a session on `branch` starts from. */
  baseFor(
    project: Project,
    branch: string,
    asked: {
      readonly base?: string | undefined;
      readonly directory?: string | undefined;
      readonly configured: string | undefined;
    },
    signal: AbortSignal,
  ): Promise<Base>;
  forward(session: Session, push: PushRequest): Promise<LandOutcome>;
  lookUp(session: Session, push: PushRequest): Promise<LandOutcome | 'not-landed'>;
  /** Whether git tracks that path of the project's own repository. */
  isTracked(project: Project, path: string): Promise<boolean>;
  /** The text files in a directory of a commit, or of the commit the user stands on. */
  filesAt(
    project: Project,
    commit: string | undefined,
    directory: string,
  ): Promise<readonly { path: string; text: string }[]>;
  /** The files of a session's base commit, for as long as somebody holds them. */
  exported(session: Session, signal: AbortSignal): Promise<Export>;
  /** Whether a session's base commit has a devcontainer. */
  hasDevcontainer(session: Session, signal: AbortSignal): Promise<boolean>;
  /** Who commits in the project's sandboxes: the user of its repository. */
  authorOf(id: ProjectId): Promise<{ readonly name: string; readonly email: string }>;
  /** What sandboxes see as `origin`; undefined where that is too much to tell, or its history is cut. */
  originOf(id: ProjectId): Promise<Origin | undefined>;
  diff(session: Session, headCommit: string, signal: AbortSignal): Promise<Omit<Diff, 'includesUncommitted'>>;
};

/** How long a real remote may take to answer. */
const REMOTE_MS = 10 * 60_000;
/** How long git may take on this machine's own files. */
const LOCAL_MS = 60_000;

export function repositories(given: {
  readonly directory: string;
  /** For what is there only while somebody holds it. */
  readonly temporary: string;
  readonly index: Index;
  readonly env: NodeJS.ProcessEnv;
  readonly warn: (text: string) => void;
}): Repositories {
  const opened = new Map<ProjectId, Promise<Mirror>>();
  // Every supervisor of a project asks for these when a new server comes: git runs once or twice for all of them.
  const authors = coalesce<Author>();
  const origins = coalesce<Origin | undefined>();
  const files = coalesce<readonly { path: string; text: string }[]>();
  const projectOf = (id: ProjectId): Project => {
    const project = given.index.projects.get(id);
    if (project === undefined) throw new Fault('not-found', `Cannot find project ${id}`);
    return project;
  };
  const mirrorOf = (id: ProjectId): Promise<Mirror> => {
    const found = opened.get(id);
    if (found !== undefined) return found;
    const mirror = openMirror({ directory: join(given.directory, 'mirrors', id), project: projectOf(id) });
    opened.set(id, mirror);
    mirror.catch(() => opened.delete(id));
    return mirror;
  };
  const shadowOf = async (session: Session): Promise<string> => {
    const mirror = await mirrorOf(session.projectId);
    const shadow = await openShadow({ directory: join(given.directory, 'shadows', session.id), mirror });
    return shadow.gitDirectory;
  };
  const outside = () => ({ env: given.env, signal: AbortSignal.timeout(REMOTE_MS) });

  return {
    mirrorOf,
    shadowOf,
    async baseFor(project, branch, { base, directory, configured }, signal) {
      const mirror = await mirrorOf(project.id);
      const { warning } = await fetchMirror(mirror, project, { env: given.env, signal });
      if (warning !== undefined) given.warn(warning);
      const head = await headOf(directory ?? project.path, signal);
      if (base === undefined) {
        const tip = await branchTip(mirror, branch);
        if (tip !== undefined) return { commit: tip, branch };
      }
      return resolveBase(mirror, project, head, base, configured, signal);
    },
    isTracked: async (project, path) =>
      isTracked(await mirrorOf(project.id), project, path, AbortSignal.timeout(LOCAL_MS)),
    async filesAt(project, commit, directory) {
      const mirror = await mirrorOf(project.id);
      return files([project.id, commit, directory].join(' '), AbortSignal.timeout(LOCAL_MS), async (signal) => {
        if (commit !== undefined) return filesAt(mirror.gitDirectory, commit, directory, signal);
        return filesAt((await viewOf(mirror, project, signal)).gitDirectory, 'HEAD', directory, signal);
      });
    },
    exported: async ({ projectId, base }, signal) =>
      exportCommit((await mirrorOf(projectId)).gitDirectory, base.commit, given.temporary, signal),
    hasDevcontainer: async ({ projectId, base }, signal) =>
      hasDevcontainer((await mirrorOf(projectId)).gitDirectory, base.commit, signal),
    authorOf: async (id) =>
      authors(id, AbortSignal.timeout(LOCAL_MS), (signal) => authorOf(projectOf(id), { env: given.env, signal })),
    originOf: async (id) => {
      const mirror = await mirrorOf(id);
      return origins(id, AbortSignal.timeout(LOCAL_MS), (signal) => originOf(mirror, signal));
    },
    async forward(session, push) {
      const project = projectOf(session.projectId);
      return forwardPush(await mirrorOf(project.id), project, push, outside());
    },
    async lookUp(session, push) {
      const project = projectOf(session.projectId);
      return lookUpPush(await mirrorOf(project.id), project, push, outside());
    },
    async diff(session, headCommit, signal) {
      return diffOf(await shadowOf(session), session.base.commit, headCommit, signal);
    },
  };
}
