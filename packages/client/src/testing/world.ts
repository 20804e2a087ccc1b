import { EventEmitter, once } from 'node:events';
import { type Artifact, type Fault, ids, type Project, type SessionId, type TurnOutcome } from '@cspace/domain';
import type {
  AgentView,
  Doctor,
  Event,
  LoggedEvent,
  PromptInput,
  ServiceView,
  SessionCheck,
  SessionView,
} from '@cspace/protocol';

/** What a fake server knows. It outlives the server, as a data directory does. */
export type World = {
  readonly project: Project;
  readonly sessions: Map<SessionId, SessionView>;
  readonly logs: Map<SessionId, LoggedEvent[]>;
  readonly prompts: Map<string, PromptInput & { readonly outcome?: TurnOutcome }>;
  /** What calls were made, as `noun.verb`, with their input. */
  readonly calls: { readonly name: string; readonly input: unknown }[];
  agents: AgentView[];
  problems: Doctor['problems'];
  /** Of every session, with their bytes. */
  readonly artifacts: { readonly artifact: Artifact; readonly bytes: Uint8Array }[];
  services: ServiceView[];
  /** What is wrong with sessions, whoever asks. */
  checks: SessionCheck[];
  /** Answers the next call of that name with a fault. */
  readonly faults: Map<string, Fault>;
  /** What happens when a prompt comes. */
  onPrompt: (world: World, session: SessionView, prompt: PromptInput) => void | Promise<void>;
  emit(sessionId: SessionId, ...events: readonly Event[]): void;
  change(sessionId: SessionId, change: Partial<SessionView>): SessionView;
  addSession(change: Partial<SessionView> & { readonly name: string }): SessionView;
  /** Resolves when something is emitted, or the signal aborts. */
  next(signal: AbortSignal): Promise<void>;
};

const NOW_MS = Date.parse('2026-01-31T12:00:00Z');

export function world(directory: string): World {
  const make = ids((size) => crypto.getRandomValues(new Uint8Array(size)));
  const emitter = new EventEmitter().setMaxListeners(0);
  const project: Project = { id: make.project(), name: 'slug', path: directory, createdAtMs: NOW_MS };
  const made: World = {
    project,
    sessions: new Map(),
    logs: new Map(),
    prompts: new Map(),
    calls: [],
    agents: [],
    problems: [],
    artifacts: [],
    services: [],
    checks: [],
    faults: new Map(),
    onPrompt: (self, session, prompt) => {
      self.emit(
        session.id,
        { type: 'prompt.accepted', promptId: prompt.id, how: { kind: 'started' } },
        { type: 'agent.text', kind: 'message', text: `You said: ${prompt.text}\n` },
        { type: 'turn.ended', promptId: prompt.id, outcome: { kind: 'finished' }, ms: 120 },
      );
    },
    emit(sessionId, ...events) {
      const log = made.logs.get(sessionId) ?? [];
      made.logs.set(sessionId, log);
      for (const event of events) log.push({ seq: log.length + 1, atMs: NOW_MS + log.length, event });
      const session = made.sessions.get(sessionId);
      if (session !== undefined) made.sessions.set(sessionId, { ...session, lastSeq: log.length });
      emitter.emit('more');
    },
    change(sessionId, change) {
      const before = made.sessions.get(sessionId);
      if (before === undefined) throw new Error('no such session');
      const after = { ...before, ...change };
      made.sessions.set(sessionId, after);
      return after;
    },
    addSession(change) {
      const session: SessionView = {
        id: make.session(),
        projectId: project.id,
        project: project.name,
        branch: change.name,
        base: { commit: 'a'.repeat(40), branch: 'main' },
        role: 'worker',
        agent: 'shell',
        runtime: 'memory',
        sandboxId: make.sandbox(),
        layers: [],
        limits: { turnMs: 14_400_000, idleMs: 600_000 },
        withAgent: true,
        createdAtMs: NOW_MS,
        wanted: { kind: 'running' },
        run: { kind: 'none' },
        state: { kind: 'ready', sinceMs: NOW_MS },
        spentUsd: 0,
        turns: 0,
        queueDepth: 0,
        doing: 'waiting',
        questions: [],
        dirtyFiles: 0,
        unpushedCommits: 0,
        lastActivityMs: NOW_MS,
        lastSeq: 0,
        ...change,
      };
      made.sessions.set(session.id, session);
      made.logs.set(session.id, []);
      return session;
    },
    async next(signal) {
      await once(emitter, 'more', { signal }).catch(() => {});
    },
  };
  return made;
}
