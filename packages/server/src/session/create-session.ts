import {
  type Agent,
  type Base,
  type Clock,
  Fault,
  firstFreePlanet,
  type Ids,
  type Index,
  isFault,
  type Project,
  type PromptId,
  parseSessionName,
  type RuntimeKind,
  type Sender,
  type Session,
  type SessionLimits,
} from '@cspace/domain';
import type { CreateSession, Event, PromptReceipt } from '@cspace/protocol';
import type * as z from 'zod';
import { failpoint } from '../failpoint.ts';
import type { Journal } from '../journal.ts';
import { changeSession } from './change-session.ts';
import { enqueue, isGoing, type SendDependencies, sendPrompt, wanted } from './send-prompt.ts';

export type CreateDependencies = SendDependencies & {
  readonly index: Index;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The agent of that name (the project's default when absent); unless it is only `named`, installed and with its credential. */
  readonly agentFor: (project: Project, name: string | undefined, use?: 'named') => Promise<Agent>;
  /** The runtime asked for, or the best of this machine; a `lacking` Fault when there is none. */
  readonly runtimeFor: (project: Project, asked: RuntimeKind | undefined) => Promise<RuntimeKind>;
  /** The mirror brought up to date, and the commit to start `branch` from. */
  readonly baseFor: (
    project: Project,
    branch: string,
    asked: { readonly base?: string | undefined; readonly directory?: string | undefined },
    signal: AbortSignal,
  ) => Promise<Base>;
  readonly limitsFor: (project: Project, asked: CreateInput) => Promise<SessionLimits>;
  /** Has the supervisor of a session, if one is connected, connect anew and be told what holds now. */
  readonly welcomeAgain: (session: Session) => void;
  /** Brings the workspace of an existing session to another commit; its work is saved first. */
  readonly reset: (session: Session, base: Base, signal: AbortSignal) => Promise<void>;
};

export type CreateInput = z.output<typeof CreateSession>;
export type Created = {
  readonly session: Session;
  readonly created: boolean;
  readonly receipt: PromptReceipt | undefined;
};

/** Creates a session or comes back to the one of that name. Nothing is made when it fails. */
export async function createSession(
  dependencies: CreateDependencies,
  input: CreateInput,
  from: Sender,
  signal: AbortSignal,
): Promise<Created> {
  const project = dependencies.index.projects.get(input.projectId);
  if (project === undefined)
    throw new Fault('not-found', `Cannot create a session: there is no project ${input.projectId}`);
  const asked = input.name === undefined ? undefined : parseSessionName(input.name);
  const made = alreadyMade(dependencies, project, input);
  if (made !== undefined) return made;
  const existing = asked === undefined ? undefined : dependencies.index.findSession(project.id, asked.name);
  if (existing !== undefined) return comeBack(dependencies, project, existing, input, from, signal);

  const agent = await dependencies.agentFor(project, input.agent, input.withAgent ? undefined : 'named');
  const runtime = await dependencies.runtimeFor(project, input.runtime);
  const limits = await dependencies.limitsFor(project, input);
  for (;;) {
    const { name, branch } = asked ?? freePlanet(dependencies.index, project);
    const base = await dependencies.baseFor(project, branch, input, signal);
    const meanwhile = alreadyMade(dependencies, project, input);
    if (meanwhile !== undefined) return meanwhile;
    try {
      const created = write(dependencies, project, { name, branch, base, agent, runtime, limits, input, from });
      dependencies.poke(created.session.id);
      return created;
    } catch (error) {
      if (!isFault(error, 'conflict')) throw error;
      const taken = dependencies.index.findSession(project.id, name);
      if (asked !== undefined && taken !== undefined) {
        return comeBack(dependencies, project, taken, input, from, signal);
      }
    }
  }
}

/** What the same request has made before: whoever makes it again has not heard the answer. Its prompt tells. */
function alreadyMade(
  { index, journal, poke }: CreateDependencies,
  project: Project,
  { prompt }: CreateInput,
): Created | undefined {
  if (prompt === undefined) return undefined;
  for (const session of index.sessions.all()) {
    if (session.projectId !== project.id || session.state.kind === 'removed') continue;
    const seq = seqOfFirst(journal, session.id, prompt.id);
    if (seq === undefined) continue;
    poke(session.id);
    return { session, created: true, receipt: { promptId: prompt.id, how: 'started', ahead: 0, seq } };
  }
  return undefined;
}

/** Where that prompt is in a session's log when it is the one the session was made with. */
function seqOfFirst(journal: Journal, id: Session['id'], promptId: PromptId): number | undefined {
  try {
    const [, second] = journal.store(id).events(0, 2);
    const event = second?.event as Event | undefined;
    return event?.type === 'prompt.queued' && event.promptId === promptId ? second?.seq : undefined;
  } catch (error) {
    // A damaged log is its own session's trouble.
    if (isFault(error)) return undefined;
    throw error;
  }
}

function freePlanet(index: Index, project: Project): { readonly name: string; readonly branch: string } {
  const taken = index.sessions
    .all()
    .filter((session) => session.projectId === project.id && session.state.kind !== 'removed')
    .map((session) => session.name);
  const name = firstFreePlanet(taken);
  return { name, branch: name };
}

/**
 * Writes a session down: its log with its first prompt, then its entry in the index, with which it exists. A log that a crash
 * leaves without an entry is nobody's and is swept.
 */
function write(
  dependencies: CreateDependencies,
  project: Project,
  given: {
    readonly name: string;
    readonly branch: string;
    readonly base: Base;
    readonly agent: Agent;
    readonly runtime: RuntimeKind;
    readonly limits: SessionLimits;
    readonly input: CreateInput;
    readonly from: Sender;
  },
): Created {
  const { index, journal, clock, ids } = dependencies;
  const { name, branch, base, agent, runtime, limits, input, from } = given;
  // Looked up once more: the base was waited for meanwhile.
  if (index.findSession(project.id, name) !== undefined)
    throw new Fault('conflict', `Cannot create ${name}: it exists`);
  const nowMs = clock();
  const model = input.model ?? agent.model;
  const session: Session = {
    id: ids.session(),
    projectId: project.id,
    name,
    branch,
    base,
    role: 'worker',
    agent: agent.name,
    ...(model === undefined ? {} : { model }),
    runtime,
    sandboxId: ids.sandbox(),
    layers: [],
    limits,
    withAgent: input.withAgent,
    createdAtMs: nowMs,
    wanted: { kind: 'running' },
    run: { kind: 'none' },
    state: { kind: 'creating', sinceMs: nowMs },
  };
  const event: Event = {
    type: 'session.created',
    name,
    branch,
    base,
    agent: agent.name,
    ...(model === undefined ? {} : { model }),
    runtime,
  };
  journal.record(session.id, { events: [event] });
  const seq = input.prompt === undefined ? undefined : enqueue(dependencies, session, input.prompt, from);
  failpoint('up.before-session');
  index.sessions.put(session);
  failpoint('up.after-session');
  const receipt =
    input.prompt === undefined || seq === undefined
      ? undefined
      : ({ promptId: input.prompt.id, how: 'started', ahead: 0, seq } as const);
  return { session, created: true, receipt };
}

async function comeBack(
  dependencies: CreateDependencies,
  project: Project,
  existing: Session,
  input: CreateInput,
  from: Sender,
  signal: AbortSignal,
): Promise<Created> {
  const { index, clock, poke } = dependencies;
  if (input.ifExists === 'fail') throw taken(existing, 'the name is taken', 'Choose another name');
  if (existing.wanted.kind === 'removed') throw isGoing(existing, 'bring up');
  if (input.name?.includes('/') && input.name !== existing.branch) {
    throw taken(existing, `its branch is ${existing.branch}, not ${input.name}`, 'Use a name that tells them apart');
  }
  const isNew = input.withAgent && !existing.withAgent;
  if (!isNew && input.agent !== undefined && input.agent !== existing.agent) {
    throw taken(existing, `its agent is ${existing.agent}, not ${input.agent}`, 'Use another name for another agent');
  }
  if (input.base !== undefined) {
    const base = await dependencies.baseFor(project, existing.branch, input, signal);
    if (!input.reset && base.commit !== existing.base.commit) {
      const change = `${existing.base.commit.slice(0, 10)} to ${base.commit.slice(0, 10)} (${input.base})`;
      throw taken(
        existing,
        `it would move its base from ${change}`,
        'Add --reset to save its work and reset it to that commit',
      );
    }
    if (input.reset) await dependencies.reset(existing, base, signal);
  }
  if (isNew) await giveAgent(dependencies, project, existing, input);
  const session = index.sessions.get(existing.id) ?? existing;
  if (input.prompt !== undefined) {
    return { session, created: false, receipt: await sendPrompt(dependencies, session, input.prompt, from, signal) };
  }
  const woken = changeSession(index, session.id, (now) => wanted(now, clock())) ?? session;
  poke(session.id);
  return { session: woken, created: false, receipt: undefined };
}

/** Gives an agent to a session that was made without one. A supervisor that runs hears of it in its next welcome. */
async function giveAgent(
  dependencies: CreateDependencies,
  project: Project,
  existing: Session,
  input: CreateInput,
): Promise<void> {
  const agent = await dependencies.agentFor(project, input.agent ?? existing.agent);
  const model = input.model ?? agent.model;
  changeSession(dependencies.index, existing.id, (now) => ({
    ...now,
    withAgent: true,
    agent: agent.name,
    ...(model === undefined ? {} : { model }),
  }));
  dependencies.welcomeAgain(existing);
}

function taken(session: Session, why: string, hint: string): Fault {
  return new Fault('conflict', `Cannot bring up ${session.name}: ${why}`, { hint });
}
