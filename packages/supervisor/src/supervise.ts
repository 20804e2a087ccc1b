import { performance } from 'node:perf_hooks';
import { isFault } from '@cspace/domain';
import type { Stage, SupervisorEvent } from '@cspace/protocol';
import { errorText } from './agent/error-text.ts';
import { greetAgent, type OpenAgent, openAgent } from './agent/open-agent.ts';
import { permissions as makePermissions } from './agent/permissions.ts';
import { translator } from './agent/translator.ts';
import { failpoint } from './failpoint.ts';
import { openForwarder } from './forwarder.ts';
import { clone } from './git/clone.ts';
import { gitIn } from './git/git.ts';
import { type GitStatus, gitStatus, NO_REPOSITORY } from './git/git-status.ts';
import { type Saved, shadowCommit } from './git/shadow-commit.ts';
import { listeningPorts } from './listening-ports.ts';
import { openLocalSocket } from './local/local-socket.ts';
import { newId } from './new-id.ts';
import { openOutbox } from './outbox/outbox.ts';
import { localSocket, type Places } from './places.ts';
import { run } from './run.ts';
import { originUrl, sessionEnvironment } from './session-environment.ts';
import { openTakenPrompts } from './taken-prompts.ts';
import { tunnels as makeTunnels, whyNot } from './tunnel/tunnels.ts';
import { turns as makeTurns } from './turn/turns.ts';
import { type Order, openUplink, type Uplink, type Welcome } from './uplink/uplink.ts';

const VERSION = '0.1.0';
/** Ending an agent, saving the work and sending the last events may take this long each. */
const AGENT_GRACE_MS = 2_000;
const FLUSH_MS = 5_000;
const SETUP_BYTES = 256 * 1024;

/** Runs a supervisor until it is told to exit, falls asleep or is terminated; resolves when everything is said and saved. */
export async function supervise(
  at: Places,
  env: Readonly<Record<string, string | undefined>>,
  terminated: AbortSignal,
): Promise<void> {
  const startedAtMs = Date.now();
  const outbox = openOutbox(at.state);
  const taken = openTakenPrompts(at.state);
  const emit = (event: SupervisorEvent) => outbox.append(event);
  const supervisor = newId.supervisor();
  const ending = new AbortController();
  const exit = Promise.withResolvers<string>();
  terminated.addEventListener('abort', () => exit.resolve('terminated'), { once: true });

  let welcome: Welcome | undefined;
  let environment = sessionEnvironment(at, env);
  let saved: Saved | undefined;
  let saving: Promise<unknown> = Promise.resolve();
  let opening: Promise<OpenAgent> | undefined;
  let cloning: Promise<void> | undefined;
  let asleep: NodeJS.Timeout | undefined;
  let conversationId: string | undefined;

  const translate = translator(emit, Date.now);
  const permissions = makePermissions({ policy: () => welcome?.agent?.permission ?? 'auto', emit });
  const local = await openLocalSocket(localSocket(at), {
    status: () => ({
      supervisor,
      session: welcome?.session.name ?? null,
      running: turns.running(),
      tool: translate.currentTool(),
    }),
    policy: () => ({ decision: welcome?.agent?.permission === 'ask' ? 'ask' : 'allow' }),
  });
  const forwarder = await openForwarder({ door: at.door, port: at.forwardPort });
  const git = () => gitIn(at.workspace, environment, ending.signal);

  const turns = makeTurns({
    taken,
    outbox,
    answer: (answer) => uplink.send(answer),
    nowMs: Date.now,
    agent: () => ensureAgent(),
    failure: () => translate.takeFailure(),
    async beforeEnd() {
      permissions.withdraw();
      translate.endTurn();
      await tellStatus();
    },
    afterEnd() {
      void save().catch((error: unknown) => notice('warning', `The work could not be saved: ${whyNot(error)}`));
      rest();
    },
  });
  const tunnels = makeTunnels({ door: at.door, cwd: at.workspace, env: () => environment, changed: () => rest() });
  const uplink: Uplink = openUplink({
    door: at.door,
    outbox,
    hello: () => {
      const running = turns.running();
      const promptIds = taken.open();
      return {
        supervisor,
        version: VERSION,
        pid: process.pid,
        startedAtMs,
        taken: promptIds.map((promptId) => ({ promptId, running: running.includes(promptId) })),
      };
    },
    onWelcome(message) {
      const first = welcome === undefined;
      welcome = message;
      environment = { ...sessionEnvironment(at, env), ...message.env };
      if (first) begin(message);
      rest();
    },
    onOrder: obey,
  });
  emit({ type: 'supervisor.started', pid: process.pid, version: VERSION });

  const reason = await exit.promise;
  clearTimeout(asleep);
  await turns.end(reason);
  await save().catch((error: unknown) => notice('warning', `The work could not be saved: ${whyNot(error)}`));
  await tellStatus().catch(() => undefined);
  const agent = await opening?.catch(() => undefined);
  agent?.end(AGENT_GRACE_MS);
  tunnels.close();
  emit({ type: 'supervisor.ended', reason });
  await outbox.sync();
  failpoint('supervisor.before-exit');
  await outbox.flushed(AbortSignal.timeout(FLUSH_MS));
  ending.abort();
  uplink.close();
  forwarder.close();
  local.close();
  await outbox.close();

  /** The first welcome: makes the clone, and the agent ready for a prompt, at the same time as far as that goes. */
  function begin(message: Welcome): void {
    emit({ type: 'stage', stage: 'supervisor', status: 'done', ms: Math.round(performance.now()) });
    conversationId = message.conversationId;
    const ready: Promise<unknown> = message.agent === undefined ? ensureClone(message) : ensureAgent();
    ready.catch(() => undefined);
  }

  /** The agent, started again with its conversation when it has died, and when it could not be started before. */
  function ensureAgent(): Promise<OpenAgent> {
    const message = welcome;
    if (message?.agent === undefined) return Promise.reject(new Error('this session has no agent'));
    if (opening === undefined) {
      const mine = open(message, message.agent);
      opening = mine;
      mine.catch(() => {
        if (opening === mine) opening = undefined;
      });
    }
    return opening;
  }

  async function open(message: Welcome, start: NonNullable<Welcome['agent']>): Promise<OpenAgent> {
    const greeting = greet(start);
    try {
      await ensureClone(message);
    } catch (error) {
      void greeting.then(({ process }) => process.end(0)).catch(() => undefined);
      throw error;
    }
    return staged('agent', async () =>
      opened(await openAgent(await greeting, start, { cwd: at.workspace, conversationId }), start.name),
    );
  }

  /** The clone, made once; a failure is tried again by the next prompt. */
  function ensureClone(message: Welcome): Promise<void> {
    if (cloning === undefined) {
      const mine = staged('clone', () => makeClone(message));
      cloning = mine;
      mine.catch(() => {
        if (cloning === mine) cloning = undefined;
      });
    }
    return cloning;
  }

  function greet(start: NonNullable<Welcome['agent']>) {
    return greetAgent(
      start,
      { cwd: at.workspace, env: environment, version: VERSION },
      {
        // What a loaded conversation repeats comes outside of a turn, and is in the log already.
        update: (notification) => turns.running().length > 0 && translate.update(notification),
        permission: permissions.ask,
      },
    );
  }

  function opened(agent: OpenAgent, name: string): OpenAgent {
    const { conversation } = agent;
    conversationId = conversation.id;
    emit({
      type: 'agent.started',
      agent: name,
      conversationId: conversation.id,
      resumed: conversation.resumed,
      canSteer: agent.canSteer,
      canResume: agent.canResume,
      ...(conversation.model === undefined ? {} : { model: conversation.model }),
    });
    for (const remark of conversation.remarks) notice('warning', remark);
    void agent.ended.then((end) => {
      if (opening !== undefined && !ending.signal.aborted) emit({ type: 'agent.ended', ...end });
      opening = undefined;
    });
    return agent;
  }

  async function makeClone(message: Welcome): Promise<void> {
    const place = { git: git(), workspace: at.workspace, state: at.state, originUrl: originUrl(at) };
    const { fresh, remarks } = await clone(place, message.clone);
    for (const remark of remarks) notice('warning', remark);
    if (fresh) for (const script of message.setup) await runScript(script, 'sandbox.setup');
    for (const script of message.start) await runScript(script, 'sandbox.start');
    await tellStatus();
  }

  async function runScript(script: string, key: string): Promise<void> {
    const { exitCode, stderr } = await run(['bash', '-c', script], {
      cwd: at.workspace,
      env: environment,
      maxBytes: SETUP_BYTES,
    });
    if (exitCode !== 0)
      throw new Error(`${key} failed with exit code ${exitCode}: ${stderr.trim().split('\n').at(-1) ?? ''}`);
  }

  async function staged<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
    const sinceMs = Date.now();
    emit({ type: 'stage', stage, status: 'started' });
    try {
      const result = await work();
      emit({ type: 'stage', stage, status: 'done', ms: Date.now() - sinceMs });
      return result;
    } catch (error) {
      emit({ type: 'stage', stage, status: 'failed', ms: Date.now() - sinceMs, detail: errorText(error) });
      throw error;
    }
  }

  function obey(order: Order): void {
    switch (order.type) {
      case 'prompt':
        clearTimeout(asleep);
        turns.prompt(order);
        return;
      case 'cancel':
        void turns.cancel(order.promptId, order.by);
        return;
      case 'status':
        void answerStatus(order.request);
        return;
      case 'save':
        void save().then(
          (commit) => uplink.send({ type: 'saved', request: order.request, commit: commit ?? null }),
          (error: unknown) =>
            uplink.send({ type: 'saved', request: order.request, commit: null, error: whyNot(error) }),
        );
        return;
      case 'permission':
        permissions.answer(order.permissionId, order.option);
        return;
      case 'open-tunnel':
        clearTimeout(asleep);
        tunnels.serve(order.tunnelId, order.target).catch((error: unknown) => {
          uplink.send({ type: 'tunnel-failed', tunnelId: order.tunnelId, why: whyNot(error) });
        });
        return;
      case 'exit':
        exit.resolve(order.reason);
        return;
    }
  }

  async function answerStatus(request: number): Promise<void> {
    const [status, ports] = await Promise.all([lookAtGit(), listeningPorts([at.forwardPort]).catch(() => [])]);
    const { branch, dirtyFiles, unpushedCommits } = status;
    uplink.send({
      type: 'status',
      request,
      tool: translate.currentTool(),
      branch,
      dirtyFiles,
      unpushedCommits,
      ports: [...ports],
    });
  }

  function lookAtGit(): Promise<GitStatus> {
    return welcome === undefined
      ? Promise.resolve(NO_REPOSITORY)
      : gitStatus(git(), welcome.clone.baseCommit).catch(() => NO_REPOSITORY);
  }

  async function tellStatus(): Promise<void> {
    emit({ type: 'git.status', ...(await lookAtGit()) });
  }

  /** Saves all work, one saving after the other. Gives the commit it is in. */
  function save(): Promise<string | undefined> {
    const mine = saving.then(async () => {
      if (welcome === undefined) return undefined;
      const place = { workspace: at.workspace, state: at.state, baseCommit: welcome.clone.baseCommit };
      const next = await shadowCommit(git(), place, saved);
      if (next !== undefined && next.commit !== saved?.commit) emit({ type: 'work.saved', commit: next.commit });
      saved = next;
      return next?.commit;
    });
    saving = mine.catch(() => undefined);
    return mine;
  }

  /** Falls asleep when nothing is asked of it for long enough. */
  function rest(): void {
    clearTimeout(asleep);
    if (welcome === undefined) return;
    asleep = setTimeout(() => {
      if (turns.running().length === 0 && tunnels.open === 0) exit.resolve('idle');
      else rest();
    }, welcome.idleMs);
  }

  function notice(level: 'info' | 'warning', text: string): void {
    emit({ type: 'notice', level, text });
  }
}

/** How a supervisor's failure to start is told on its log. */
export function whyNotStarted(error: unknown): string {
  return isFault(error) ? error.message : `Cannot start the supervisor: ${errorText(error)}`;
}
