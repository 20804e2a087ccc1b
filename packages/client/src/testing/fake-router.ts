import { FAULTS, Fault, firstFreePlanet, isFault, parseSessionName, type SessionId } from '@cspace/domain';
import { contract, type PromptInput, type PromptReceipt, type SessionView } from '@cspace/protocol';
import { implement, ORPCError } from '@orpc/server';
import type { World } from './world.ts';

/** The contract over a world, in as few words as tests of its clients need. */
export function fakeRouter(world: World, closing: AbortSignal) {
  const os = implement(contract).use(async ({ next, path }, input) => {
    const name = path.join('.');
    world.calls.push({ name, input });
    const fault = world.faults.get(name);
    world.faults.delete(name);
    try {
      if (fault !== undefined) throw fault;
      return await next();
    } catch (error) {
      if (!isFault(error)) throw error;
      const { status } = FAULTS[error.code];
      const data = error.hint === undefined ? {} : { hint: error.hint };
      throw new ORPCError(error.code, { defined: true, status, message: error.message, data });
    }
  });
  const find = (id: SessionId): SessionView => {
    const session = world.sessions.get(id);
    if (session === undefined) throw new Fault('not-found', `Cannot find session ${id}: there is none`);
    return session;
  };
  const put = (session: SessionView, prompt: PromptInput): PromptReceipt => {
    const log = () => world.logs.get(session.id) ?? [];
    const isSame = (id: string) =>
      log().find(({ event }) => event.type === 'prompt.queued' && event.promptId === id)?.seq;
    const before = isSame(prompt.id);
    if (before === undefined) {
      world.prompts.set(prompt.id, prompt);
      const delivery = prompt.delivery ?? 'steer';
      const from = { kind: 'user' as const, name: 'ada' };
      world.emit(session.id, { type: 'prompt.queued', promptId: prompt.id, from, delivery, text: prompt.text });
      void world.onPrompt(world, session, prompt);
    }
    const how = prompt.delivery === 'queue' ? 'queued' : 'started';
    return { promptId: prompt.id, how, ahead: how === 'queued' ? 2 : 0, seq: isSame(prompt.id) ?? 1 };
  };
  const remove = (session: SessionView, force: boolean): SessionView => {
    if (!force && session.unpushedCommits > 0) {
      throw new Fault('conflict', `Cannot remove ${session.name}: it has unpushed commits`, { hint: 'Use --force' });
    }
    world.emit(session.id, { type: 'session.state', state: { kind: 'removed', sinceMs: 0 } });
    return world.change(session.id, { state: { kind: 'removed', sinceMs: 0 } });
  };
  const live = () => [...world.sessions.values()].filter((each) => each.state.kind !== 'removed');

  return os.router({
    server: {
      health: os.server.health.handler(() => ({
        version: '0.1.0',
        pid: process.pid,
        home: '/home',
        startedAtMs: 0,
        epoch: 1,
      })),
      doctor: os.server.doctor.handler(() => ({
        ok: true,
        server: { pid: 1, version: '0.1.0', home: '/home' },
        runtimes: [],
        agents: world.agents,
        problems: world.problems,
      })),
      stop: os.server.stop.handler(() => ({ pid: process.pid })),
    },
    projects: {
      open: os.projects.open.handler(() => world.project),
      list: os.projects.list.handler(() => [world.project]),
    },
    sessions: {
      create: os.sessions.create.handler(({ input }) => {
        const asked = input.name === undefined ? undefined : parseSessionName(input.name);
        const existing = live().find((each) => each.name === asked?.name);
        if (existing !== undefined && input.ifExists === 'fail') {
          throw new Fault('conflict', `Cannot bring up ${existing.name}: the name is taken`, {
            hint: 'Choose another',
          });
        }
        const name = asked?.name ?? firstFreePlanet(live().map((each) => each.name));
        const agent = input.agent ?? 'shell';
        const session =
          existing ?? world.addSession({ name, branch: asked?.branch ?? name, agent, withAgent: input.withAgent });
        if (existing === undefined) {
          const { branch, base, runtime } = session;
          world.emit(session.id, { type: 'session.created', name, branch, base, agent, runtime });
          world.emit(session.id, { type: 'session.state', state: { kind: 'ready', sinceMs: 0 } });
          const stages = session.withAgent ? (['clone', 'agent'] as const) : (['clone'] as const);
          for (const stage of stages) world.emit(session.id, { type: 'stage', stage, status: 'done', ms: 1 });
        }
        const receipt = input.prompt === undefined ? undefined : put(session, input.prompt);
        return {
          session: find(session.id),
          created: existing === undefined,
          ...(receipt === undefined ? {} : { receipt }),
        };
      }),
      list: os.sessions.list.handler(({ input }) =>
        (input.removed === true ? [...world.sessions.values()] : live())
          .filter((each) => input.projectId === undefined || each.projectId === input.projectId)
          .filter((each) => input.name === undefined || each.name === input.name),
      ),
      get: os.sessions.get.handler(({ input }) => find(input.sessionId)),
      status: os.sessions.status.handler(({ input }) => statusOf(find(input.sessionId))),
      events: os.sessions.events.handler(({ input, signal }) => {
        find(input.sessionId);
        const ended = AbortSignal.any([closing, ...(signal === undefined ? [] : [signal])]);
        return eventsOf(world, input, ended);
      }),
      prompt: os.sessions.prompt.handler(({ input: { sessionId, ...prompt } }) => put(find(sessionId), prompt)),
      interrupt: os.sessions.interrupt.handler(({ input }) => ({ cancelled: true, session: find(input.sessionId) })),
      restart: os.sessions.restart.handler(({ input }) => ({ forced: false, session: find(input.sessionId) })),
      start: os.sessions.start.handler(({ input }) => find(input.sessionId)),
      check: os.sessions.check.handler(() => world.checks),
      stop: os.sessions.stop.handler(({ input }) => {
        find(input.sessionId);
        return world.change(input.sessionId, { state: { kind: 'stopped', sinceMs: 0, reason: 'asked' } });
      }),
      remove: os.sessions.remove.handler(({ input }) => remove(find(input.sessionId), input.force)),
      ports: os.sessions.ports.handler(() => [
        { port: 3000, label: 'web', process: 'node', url: 'http://localhost:1/' },
      ]),
      services: os.sessions.services.handler(() => world.services),
      serviceLog: os.sessions.serviceLog.handler(({ input: { service } }) => ({
        service,
        text: `${service} \x1b[2Jis up\nand listens`,
      })),
      diff: os.sessions.diff.handler(() => ({
        baseCommit: 'a'.repeat(40),
        headCommit: 'b'.repeat(40),
        includesUncommitted: false,
        stat: { files: 1, insertions: 1, deletions: 1 },
        text: 'diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-old\n+new\n',
      })),
      answer: os.sessions.answer.handler(({ input: { sessionId, permissionId, option } }) => {
        world.emit(sessionId, { type: 'permission.answered', permissionId, option });
        const { questions } = find(sessionId);
        return world.change(sessionId, { questions: questions.filter((each) => each.permissionId !== permissionId) });
      }),
      outcome: os.sessions.outcome.handler(() => ({ state: 'done' as const, outcome: { kind: 'finished' as const } })),
    },
    artifacts: {
      list: os.artifacts.list.handler(({ input }) => {
        find(input.sessionId);
        return world.artifacts.map(({ artifact }) => artifact);
      }),
    },
    agents: {
      list: os.agents.list.handler(() => world.agents),
      install: os.agents.install.handler(async function* () {
        yield { type: 'progress' as const, text: 'downloading' };
        yield { type: 'done' as const, version: '1.2.3', bytes: 5_000_000 };
      }),
      login: os.agents.login.handler(({ input }) => ({ provider: input.provider })),
      logout: os.agents.logout.handler(({ input }) => ({ provider: input.provider })),
    },
  });
}

async function* eventsOf(
  world: World,
  asked: { readonly sessionId: SessionId; readonly after: number; readonly follow: boolean },
  ended: AbortSignal,
) {
  for (let at = asked.after; ; ) {
    const log = world.logs.get(asked.sessionId) ?? [];
    for (const logged of log.slice(at)) yield logged;
    at = Math.max(at, log.length);
    if (!asked.follow || ended.aborted) return;
    await world.next(ended);
  }
}

function statusOf(session: SessionView) {
  return {
    name: session.name,
    sessionId: session.id,
    conversationId: null,
    role: session.role,
    agent: session.agent,
    model: null,
    state: session.state.kind,
    turns: 0,
    queueDepth: 0,
    currentTool: null,
    questions: session.questions,
    lastActivity: new Date(0).toISOString(),
    lastActivityMs: 0,
    branch: session.branch,
    dirtyFiles: 0,
    unpushedCommits: 0,
    costUsd: 0,
    budgetUsd: null,
    tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    runtime: session.runtime,
    supervisor: { pid: 1, version: '0.1.0', startedAt: new Date(0).toISOString() },
  };
}
