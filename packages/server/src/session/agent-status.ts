import type { Clock, Index, Session } from '@cspace/domain';
import type { AgentStatus } from '@cspace/protocol';
import type { Journal } from '../journal.ts';
import type { Supervisors } from '../supervisors.ts';
import { last, sessionView } from './session-view.ts';

/** How long the supervisor has to answer; after that what was last known is told. */
const ASK_MS = 2_000;

/** What a session's agent does now, asked of its supervisor when one is attached, else what was last known. */
export async function agentStatus(
  dependencies: {
    readonly index: Index;
    readonly journal: Journal;
    readonly supervisors: Supervisors;
    readonly clock: Clock;
  },
  session: Session,
  signal: AbortSignal,
): Promise<AgentStatus> {
  const { index, journal, supervisors, clock } = dependencies;
  const store = journal.store(session.id);
  const view = sessionView(index, store, session);
  const attached = supervisors.get(session.id);
  const asked = await attached?.status(AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)])).catch(() => undefined);
  const git = last(store, 'git.status');
  const spent = store.spent();
  const iso = (ms: number) => new Date(ms).toISOString();
  return {
    name: session.name,
    sessionId: session.id,
    conversationId: session.conversationId ?? null,
    role: session.role,
    agent: session.agent,
    model: session.model ?? last(store, 'agent.started')?.model ?? null,
    state: session.state.kind,
    turns: view.turns,
    queueDepth: view.queueDepth,
    currentTool:
      asked?.tool == null
        ? null
        : {
            name: asked.tool.name,
            title: asked.tool.title,
            startedAt: iso(asked.tool.startedAtMs),
            ageMs: Math.max(0, clock() - asked.tool.startedAtMs),
          },
    questions: view.questions,
    lastActivity: iso(view.lastActivityMs),
    lastActivityMs: view.lastActivityMs,
    branch: asked?.branch ?? git?.branch ?? session.branch,
    dirtyFiles: asked?.dirtyFiles ?? view.dirtyFiles,
    unpushedCommits: asked?.unpushedCommits ?? view.unpushedCommits,
    costUsd: spent.costUsd,
    budgetUsd: session.limits.budgetUsd ?? null,
    tokens: {
      input: spent.inputTokens,
      output: spent.outputTokens,
      cacheRead: spent.cacheReadTokens,
      cacheWrite: spent.cacheWriteTokens,
    },
    runtime: session.runtime,
    supervisor:
      attached === undefined
        ? null
        : { pid: attached.pid, version: attached.version, startedAt: iso(attached.startedAtMs) },
  };
}
