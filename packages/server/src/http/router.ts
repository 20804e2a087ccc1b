import {
  FAULTS,
  Fault,
  type Ids,
  isFault,
  type Project,
  type ProjectId,
  type Session,
  type SessionId,
} from '@cspace/domain';
import type { AgentView, Diff, Doctor, PortView, ServiceView, SessionCheck } from '@cspace/protocol';
import { implement, ORPCError } from '@orpc/server';
import type { Logger } from 'pino';
import type { Artifacts } from '../artifact/artifacts.ts';
import type { Loop } from '../loop.ts';
import { agentStatus } from '../session/agent-status.ts';
import { answerQuestion } from '../session/answer-question.ts';
import { type CreateDependencies, createSession } from '../session/create-session.ts';
import { findSession } from '../session/find-session.ts';
import { interruptSession } from '../session/interrupt-session.ts';
import { removeSession } from '../session/remove-session.ts';
import { restartSession } from '../session/restart-session.ts';
import { sendPrompt } from '../session/send-prompt.ts';
import { sessionView } from '../session/session-view.ts';
import { startSession } from '../session/start-session.ts';
import { stopSession } from '../session/stop-session.ts';
import type { Supervisors } from '../supervisors.ts';
import { type ApiCaller, requirePower, requireProject, requireUser, senderOf } from './caller.ts';
import { eventStream } from './event-stream.ts';
import { servedContract } from './served-contract.ts';

export type RouterDependencies = CreateDependencies & {
  readonly supervisors: Supervisors;
  readonly loop: Loop;
  readonly ids: Ids;
  readonly log: Logger;
  readonly about: {
    readonly version: string;
    readonly home: string;
    readonly startedAtMs: number;
    readonly epoch: number;
  };
  readonly openProject: (directory: string, signal: AbortSignal) => Promise<Project>;
  readonly doctor: (signal: AbortSignal) => Promise<Doctor>;
  readonly diff: (session: Session, signal: AbortSignal) => Promise<Diff>;
  readonly ports: (session: Session, signal: AbortSignal) => Promise<PortView[]>;
  readonly check: (session: Session, fresh: boolean, signal: AbortSignal) => Promise<SessionCheck[]>;
  readonly services: (session: Session) => readonly ServiceView[];
  readonly serviceLog: (session: Session, service: string, signal: AbortSignal) => Promise<string>;
  readonly agents: {
    list(projectId: ProjectId | undefined): Promise<AgentView[]>;
    install(
      name: string,
      signal: AbortSignal,
    ): AsyncGenerator<{ type: 'progress'; text: string } | { type: 'done'; version: string; bytes: number }>;
    login(provider: string, credential: Credential): Promise<void>;
    logout(provider: string): Promise<void>;
  };
  readonly artifacts: Pick<Artifacts, 'list'>;
  readonly stop: () => void;
};

type Credential = { kind: 'api-key' | 'oauth-token'; value: string; baseUrl?: string | undefined };
export type ApiContext = { readonly caller: ApiCaller };

/** The contract, carried out. Every handler says first who may do this. */
export function router(given: RouterDependencies) {
  const { index, journal } = given;
  const os = implement(servedContract)
    .$context<ApiContext>()
    .use(async ({ next }) => {
      try {
        return await next();
      } catch (error) {
        throw onTheWire(error, given.log);
      }
    });

  const view = (session: Session) =>
    sessionView(index, journal.store(session.id), index.sessions.get(session.id) ?? session);
  const find = (caller: ApiCaller, id: SessionId, removed = false): Session => {
    const session = findSession(index, id, { removed });
    requireProject(caller, session.projectId);
    return session;
  };
  const power = (caller: ApiCaller, id: SessionId, verb: string): Session => {
    const session = find(caller, id, verb === 'remove');
    const self = caller.kind === 'session' ? index.sessions.get(caller.sessionId) : undefined;
    requirePower(caller, self, session, verb);
    return session;
  };
  const signalOf = (signal: AbortSignal | undefined) => signal ?? new AbortController().signal;

  return os.router({
    server: {
      health: os.server.health.handler(() => ({ ...given.about, pid: process.pid })),
      doctor: os.server.doctor.handler(({ context, signal }) => {
        requireUser(context.caller, 'examine the machine');
        return given.doctor(signalOf(signal));
      }),
      stop: os.server.stop.handler(({ context }) => {
        requireUser(context.caller, 'stop the server');
        given.stop();
        return { pid: process.pid };
      }),
    },
    projects: {
      open: os.projects.open.handler(({ context, input, signal }) => {
        if (context.caller.kind === 'session') {
          const own = index.projects.get(context.caller.projectId);
          if (own !== undefined) return own;
        }
        return given.openProject(input.directory, signalOf(signal));
      }),
      list: os.projects.list.handler(({ context }) =>
        index.projects.all().filter((each) => context.caller.kind === 'user' || context.caller.projectId === each.id),
      ),
    },
    sessions: {
      create: os.sessions.create.handler(async ({ context, input, signal }) => {
        requireUser(context.caller, 'create a session');
        const made = await createSession(given, input, senderOf(context.caller), signalOf(signal));
        return {
          session: view(made.session),
          created: made.created,
          ...(made.receipt === undefined ? {} : { receipt: made.receipt }),
        };
      }),
      list: os.sessions.list.handler(({ context, input }) =>
        index.sessions
          .all()
          .filter((each) => input.removed === true || each.state.kind !== 'removed')
          .filter((each) => input.projectId === undefined || each.projectId === input.projectId)
          .filter((each) => input.name === undefined || each.name === input.name)
          .filter((each) => context.caller.kind === 'user' || context.caller.projectId === each.projectId)
          .map(view),
      ),
      get: os.sessions.get.handler(({ context, input }) => view(find(context.caller, input.sessionId, true))),
      status: os.sessions.status.handler(({ context, input, signal }) =>
        agentStatus(given, find(context.caller, input.sessionId), signalOf(signal)),
      ),
      events: os.sessions.events.handler(({ context, input, signal }) => {
        // Found before the stream begins, so that a session that is not there is an answer and not a broken stream.
        const { id } = find(context.caller, input.sessionId, true);
        const pages = journal.follow(id, input.after, input.follow, signalOf(signal));
        return {
          headers: { 'content-type': 'text/event-stream' },
          body: eventStream(pages, (error) => onTheWire(error, given.log)),
        };
      }),
      prompt: os.sessions.prompt.handler(({ context, input, signal }) => {
        const { sessionId, ...prompt } = input;
        const session = power(context.caller, sessionId, 'send to');
        if (!session.withAgent) {
          throw new Fault('conflict', `Cannot send to ${session.name}: it was made without an agent`, {
            hint: `cspace up ${session.name} --prompt … gives it one`,
          });
        }
        return sendPrompt(given, session, prompt, senderOf(context.caller), signalOf(signal));
      }),
      interrupt: os.sessions.interrupt.handler(({ context, input }) => {
        const session = power(context.caller, input.sessionId, 'interrupt');
        const cancelled = interruptSession(given, session, input.turnOnly, context.caller.name);
        return { cancelled, session: view(session) };
      }),
      restart: os.sessions.restart.handler(async ({ context, input, signal }) => {
        const session = power(context.caller, input.sessionId, 'restart');
        const done = await restartSession(given, session, input.reason, signalOf(signal));
        return { forced: done.forced, session: view(done.session) };
      }),
      start: os.sessions.start.handler(async ({ context, input, signal }) =>
        view(await startSession(given, power(context.caller, input.sessionId, 'start'), signalOf(signal))),
      ),
      check: os.sessions.check.handler(({ context, input, signal }) =>
        given.check(power(context.caller, input.sessionId, 'check'), input.fresh, signalOf(signal)),
      ),
      stop: os.sessions.stop.handler(async ({ context, input, signal }) =>
        view(await stopSession(given, power(context.caller, input.sessionId, 'stop'), signalOf(signal))),
      ),
      remove: os.sessions.remove.handler(async ({ context, input, signal }) => {
        requireUser(context.caller, 'remove a session');
        return view(
          await removeSession(given, power(context.caller, input.sessionId, 'remove'), input.force, signalOf(signal)),
        );
      }),
      ports: os.sessions.ports.handler(({ context, input, signal }) =>
        given.ports(find(context.caller, input.sessionId), signalOf(signal)),
      ),
      services: os.sessions.services.handler(({ context, input }) => [
        ...given.services(find(context.caller, input.sessionId)),
      ]),
      serviceLog: os.sessions.serviceLog.handler(async ({ context, input, signal }) => {
        const session = find(context.caller, input.sessionId);
        return { service: input.service, text: await given.serviceLog(session, input.service, signalOf(signal)) };
      }),
      diff: os.sessions.diff.handler(({ context, input, signal }) =>
        given.diff(find(context.caller, input.sessionId), signalOf(signal)),
      ),
      answer: os.sessions.answer.handler(async ({ context, input, signal }) => {
        requireUser(context.caller, 'answer a permission');
        const session = find(context.caller, input.sessionId);
        await answerQuestion(given, session, input.permissionId, input.option, signalOf(signal));
        return view(session);
      }),
      outcome: os.sessions.outcome.handler(({ context, input }) => {
        const session = find(context.caller, input.sessionId, true);
        const state = journal.store(session.id).prompt(input.promptId)?.state;
        if (state === undefined)
          throw new Fault('not-found', `Cannot find prompt ${input.promptId}: ${session.name} has none`);
        if (state.kind === 'done') return { state: 'done' as const, outcome: state.outcome };
        return { state: state.kind === 'sent' ? ('queued' as const) : state.kind };
      }),
    },
    artifacts: {
      list: os.artifacts.list.handler(({ context, input }) => [
        ...given.artifacts.list(find(context.caller, input.sessionId, true).id),
      ]),
    },
    agents: {
      list: os.agents.list.handler(({ input }) => given.agents.list(input.projectId)),
      install: os.agents.install.handler(async function* ({ context, input, signal }) {
        requireUser(context.caller, 'install an agent');
        try {
          yield* given.agents.install(input.name, signalOf(signal));
        } catch (error) {
          // What comes of a stream comes after the middleware is done.
          throw onTheWire(error, given.log);
        }
      }),
      login: os.agents.login.handler(async ({ context, input }) => {
        requireUser(context.caller, 'store a credential');
        await given.agents.login(input.provider, input.credential);
        return { provider: input.provider };
      }),
      logout: os.agents.logout.handler(async ({ context, input }) => {
        requireUser(context.caller, 'forget a credential');
        await given.agents.logout(input.provider);
        return { provider: input.provider };
      }),
    },
  });
}

/** A fault as the contract has it; anything else is a bug, logged once with an id, answered with the id. */
function onTheWire(error: unknown, log: Logger): ORPCError<string, unknown> {
  if (error instanceof ORPCError) return error;
  if (isFault(error)) {
    return new ORPCError(error.code, {
      status: FAULTS[error.code].status,
      message: error.message,
      data: error.hint === undefined ? {} : { hint: error.hint },
    });
  }
  const bugId = crypto.randomUUID().slice(0, 8);
  log.error({ bugId, error }, 'a bug');
  return new ORPCError('bug', {
    status: 500,
    message: 'Cannot do that: something unexpected happened in the server',
    data: { bugId, hint: `The server's log has it under ${bugId}` },
  });
}
