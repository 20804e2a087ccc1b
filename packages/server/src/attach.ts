import { type Clock, type Ids, type Index, isFault, type Prompt, type ServiceEnd, type Session } from '@cspace/domain';
import type { Caller, ControlConnection } from '@cspace/gateway';
import type { Down, Event, SupervisorEvent, Up } from '@cspace/protocol';
import { failpoint } from './failpoint.ts';
import type { Journal } from './journal.ts';
import { applyEvent, type Given } from './session/apply-event.ts';
import { canResume } from './session/can-resume.ts';
import { changeSession } from './session/change-session.ts';
import { settlePrompts, type Taken } from './session/settle-prompts.ts';
import { type Attachment, attachment, type Supervisors } from './supervisors.ts';

export type AttachDependencies = {
  readonly index: Index;
  readonly journal: Journal;
  readonly supervisors: Supervisors;
  readonly clock: Clock;
  readonly ids: Ids;
  /** What a supervisor is told of its session when it connects. */
  readonly welcome: (session: Session, ackedSeq: number) => Promise<Down>;
  /** Brings the session further: its prompts to the supervisor, its state to what it is. */
  readonly poke: (id: Session['id']) => void;
  /** Gives open prompts to the supervisor. */
  readonly deliver: (id: Session['id']) => void;
  readonly tunnelFailed: (tunnelId: string, why: string) => void;
  /** Starts what a sandbox cannot run itself, in its network; a Fault says why not. */
  readonly startService: (session: Session, name: string) => Promise<void>;
  /** Resolves once such a service does not run. */
  readonly serviceEnded: (session: Session, name: string, signal: AbortSignal) => Promise<ServiceEnd>;
};

type Hello = Extract<Up, { type: 'hello' }>;

/**
 * Serves one control connection from its hello to its end. Events are acknowledged once they are durable; prompts that the
 * supervisor's death left in doubt are settled once everything in its outbox is in.
 */
export async function attach(
  dependencies: AttachDependencies,
  caller: Caller,
  connection: ControlConnection,
): Promise<void> {
  const gone = new AbortController();
  let current: Serving | undefined;
  try {
    for await (const message of connection.messages) {
      if (message.type === 'hello') {
        if (current !== undefined) return;
        current = await welcomed(dependencies, caller, connection, message, gone.signal);
        if (current === undefined) return;
      } else if (current !== undefined) {
        received(dependencies, current, message);
      } else {
        return;
      }
    }
  } finally {
    connection.close();
    gone.abort();
    if (current !== undefined) {
      dependencies.supervisors.detach(current.attachment);
      dependencies.poke(caller.sessionId);
    }
  }
}

type Serving = {
  readonly attachment: Attachment;
  readonly hello: Hello;
  /** What it asked of services that is not answered yet. */
  readonly asked: Set<string>;
};

async function welcomed(
  dependencies: AttachDependencies,
  caller: Caller,
  connection: ControlConnection,
  hello: Hello,
  gone: AbortSignal,
): Promise<Serving | undefined> {
  const { index, journal, supervisors } = dependencies;
  const session = index.sessions.get(caller.sessionId);
  if (session === undefined || session.sandboxId !== caller.sandboxId || session.run.kind !== 'started')
    return undefined;
  const ackedSeq = journal.store(session.id).outboxMark(hello.outboxId);
  const attached = attachment({
    sessionId: session.id,
    sandboxId: caller.sandboxId,
    supervisor: hello.supervisor,
    pid: hello.pid,
    version: hello.version,
    startedAtMs: hello.startedAtMs,
    connection,
    gone,
  });
  const serving: Serving = { attachment: attached, hello, asked: new Set() };
  const welcome = await dependencies.welcome(session, ackedSeq);
  supervisors.attach(attached);
  try {
    failpoint('attach.before-welcome');
    connection.send(welcome);
    if (hello.lastSeq <= ackedSeq) settle(dependencies, serving);
    dependencies.poke(session.id);
    return serving;
  } catch (error) {
    supervisors.detach(attached);
    throw error;
  }
}

function received(dependencies: AttachDependencies, serving: Serving, message: Exclude<Up, Hello>): void {
  const { sessionId } = serving.attachment;
  switch (message.type) {
    case 'events': {
      const ackedSeq = take(dependencies, serving, message.items);
      serving.attachment.connection.send({ type: 'ack', seq: ackedSeq });
      if (!serving.attachment.settled && ackedSeq >= serving.hello.lastSeq) settle(dependencies, serving);
      dependencies.deliver(sessionId);
      return;
    }
    case 'not-taken':
      if (message.why !== 'repeated') notTaken(dependencies, serving, message.promptId, message.why);
      return;
    case 'status':
    case 'saved':
      serving.attachment.answered(message);
      return;
    case 'tunnel-failed':
      dependencies.tunnelFailed(message.tunnelId, message.why);
      return;
    case 'want-service':
      once(serving, message, () => startService(dependencies, serving, message.name));
      return;
    case 'watch-service':
      once(serving, message, () => watchService(dependencies, serving, message.name));
      return;
    case 'pong':
      return;
  }
}

/** One answer at a time to each question: an inside that asks without end keeps nobody busy. */
function once({ asked }: Serving, { type, name }: { type: string; name: string }, answer: () => Promise<void>): void {
  const key = `${type} ${name}`;
  if (asked.has(key)) return;
  asked.add(key);
  void answer().finally(() => asked.delete(key));
}

async function watchService(dependencies: AttachDependencies, serving: Serving, name: string): Promise<void> {
  const { connection, sessionId, gone } = serving.attachment;
  const session = dependencies.index.sessions.get(sessionId);
  if (session === undefined) return;
  try {
    const { how, said } = await dependencies.serviceEnded(session, name, gone);
    connection.send({ type: 'service-ended', name, how, said });
  } catch {
    // The connection is gone, or there is no such service: nobody waits for it.
  }
}

async function startService(dependencies: AttachDependencies, serving: Serving, name: string): Promise<void> {
  const { connection, sessionId } = serving.attachment;
  const session = dependencies.index.sessions.get(sessionId);
  try {
    if (session === undefined) throw new Error('the session is gone');
    await dependencies.startService(session, name);
    connection.send({ type: 'service', name, ok: true });
  } catch (error) {
    const hint = isFault(error) && error.hint !== undefined ? ` (${error.hint})` : '';
    const why = `${error instanceof Error ? error.message : 'it failed'}${hint}`;
    connection.send({ type: 'service', name, ok: false, why });
  }
}

/** Stores the events that are new, in order and without a gap, with all they change. Gives the number to acknowledge. */
function take(
  dependencies: AttachDependencies,
  serving: Serving,
  items: readonly { readonly seq: number; readonly event: SupervisorEvent }[],
): number {
  const { journal, index } = dependencies;
  const { sessionId } = serving.attachment;
  const { outboxId } = serving.hello;
  const store = journal.store(sessionId);
  let seq = store.outboxMark(outboxId);
  const prompts = new Map<string, Prompt>();
  const events: Event[] = [];
  const given = givenFor(dependencies, sessionId);
  const isDone = (id: Prompt['id']) => (prompts.get(id) ?? store.prompt(id))?.state.kind === 'done';
  for (const item of items) {
    if (item.seq !== seq + 1) continue;
    seq = item.seq;
    // The first end of a turn is its end: what a cancelled agent says after it is not another.
    const isRepeated = item.event.type === 'turn.ended' && isDone(item.event.promptId);
    const open = store.openPrompts().map((prompt) => prompts.get(prompt.id) ?? prompt);
    const added = [...prompts.values()].filter((prompt) => !open.some((each) => each.id === prompt.id));
    const applied = applyEvent([...open, ...added], item.event, given);
    for (const prompt of applied.prompts) prompts.set(prompt.id, prompt);
    events.push(...(isRepeated ? [] : [item.event]), ...applied.events);
    if (item.event.type === 'agent.started') {
      const { conversationId } = item.event;
      changeSession(index, sessionId, ({ failures: _, ...now }) => ({ ...now, conversationId }));
    }
  }
  if (seq === store.outboxMark(outboxId)) return seq;
  failpoint('events.before-record');
  journal.record(sessionId, { events, prompts: [...prompts.values()], outbox: { outboxId, seq } });
  failpoint('events.after-record');
  if (events.some((event) => event.type === 'turn.ended' || event.type === 'prompt.accepted')) {
    dependencies.poke(sessionId);
  }
  return seq;
}

function settle(dependencies: AttachDependencies, serving: Serving): void {
  serving.attachment.settled = true;
  const { sessionId } = serving.attachment;
  const taken: Taken = serving.hello.taken;
  const open = dependencies.journal.store(sessionId).openPrompts();
  const settled = settlePrompts(open, taken, givenFor(dependencies, sessionId));
  if (settled.prompts.length > 0) dependencies.journal.record(sessionId, settled);
  // A turn whose end was written down just before a server was killed has not been told of it.
  for (const { promptId, running } of taken) {
    if (!running || dependencies.journal.store(sessionId).prompt(promptId)?.state.kind !== 'done') continue;
    serving.attachment.connection.send({ type: 'cancel', promptId, by: 'the end of the turn' });
  }
  dependencies.deliver(sessionId);
}

function notTaken(dependencies: AttachDependencies, serving: Serving, promptId: Prompt['id'], why: string): void {
  const { sessionId } = serving.attachment;
  const prompt = dependencies.journal.store(sessionId).prompt(promptId);
  if (prompt?.state.kind !== 'sent') return;
  const delivery = prompt.delivery === 'steer' ? 'queue' : prompt.delivery;
  dependencies.journal.record(sessionId, {
    events: [{ type: 'prompt.requeued', promptId, why }],
    prompts: [{ ...prompt, delivery, state: { kind: 'queued' } }],
  });
}

function givenFor(dependencies: AttachDependencies, sessionId: Session['id']): Given {
  return {
    nowMs: dependencies.clock(),
    canResume: canResume(dependencies.journal.store(sessionId)),
    newPromptId: dependencies.ids.prompt,
  };
}
