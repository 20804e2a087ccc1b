import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { isFault } from '@cspace/domain';
import type { Stage, SupervisorEvent } from '@cspace/protocol';
import { errorText } from './agent/error-text.ts';
import { greetAgent, type OpenAgent, openAgent } from './agent/open-agent.ts';
import { permissions as makePermissions } from './agent/permissions.ts';
import { translator } from './agent/translator.ts';
import { collectArtifacts } from './artifacts/collect-artifacts.ts';
import { findChromium } from './browser/find-chromium.ts';
import { openBrowser } from './browser/open-browser.ts';
import { wantedBeside } from './browser/wanted-beside.ts';
import { failpoint } from './failpoint.ts';
import { openForwarder } from './forwarder.ts';
import { giveBack } from './give-back.ts';
import { readLastConversation, writeLastConversation } from './last-conversation.ts';
import { listeningPorts } from './listening-ports.ts';
import { openLocalSocket } from './local/local-socket.ts';
import { newId } from './new-id.ts';
import { openOutbox } from './outbox/outbox.ts';
import { ownState } from './own-state.ts';
import { localSocket, type Places } from './places.ts';
import { keepServicesUp } from './service-process/keep-services-up.ts';
import { sessionEnvironment } from './session-environment.ts';
import { MAX_SHORT, shorten } from './shorten.ts';
import { openTakenPrompts } from './taken-prompts.ts';
import { tunnels as makeTunnels, whyNot } from './tunnel/tunnels.ts';
import { turns as makeTurns } from './turn/turns.ts';
import { type Order, openUplink, type Uplink, type Welcome } from './uplink/uplink.ts';
import { workspace } from './workspace.ts';

const VERSION = '0.1.0';
/** Ending an agent, saving the work and sending the last events may take this long each. */
const AGENT_GRACE_MS = 2_000;
const FLUSH_MS = 5_000;
/** For files that are still written when a turn ends. */
const ARTIFACTS_MS = 2_000;

/** Runs a supervisor until it is told to exit, falls asleep or is terminated; resolves when everything is said and saved. */
export async function supervise(
  at: Places,
  env: Readonly<Record<string, string | undefined>>,
  terminated: AbortSignal,
): Promise<void> {
  const startedAtMs = Date.now();
  const owned = await ownState(at.state);
  const outbox = openOutbox(at.state);
  const taken = openTakenPrompts(at.state);
  const emit = (event: SupervisorEvent) => outbox.append(event);
  const supervisor = newId.supervisor();
  const ending = new AbortController();
  const exit = Promise.withResolvers<string>();
  terminated.addEventListener('abort', () => exit.resolve('terminated'), { once: true });

  let welcome: Welcome | undefined;
  const chromium = await findChromium(env.PATH);
  let environment = sessionEnvironment(at, env, chromium);
  let opening: Promise<OpenAgent> | undefined;
  /** Whether what the agent says is new: not while it repeats a conversation that it takes up again. */
  let hearing = false;
  let asleep: NodeJS.Timeout | undefined;
  const quiet = giveBack();
  /** While clone, services and agent are being made ready, however long that takes. */
  let starting = false;
  let conversationId: string | undefined;

  const translate = translator(emit, Date.now);
  const permissions = makePermissions({ policy: () => welcome?.agent?.permission ?? 'auto', emit });
  const work = workspace({ at, environment: () => environment, emit, notice, staged, ending: ending.signal });
  const wanted = wantedBeside((message) => uplink.send(message));
  const services = keepServicesUp({
    cwd: at.workspace,
    environment: () => environment,
    logs: join(at.state, 'services'),
    staged,
    notice,
    nowMs: Date.now,
    beside: wanted,
  });
  const artifacts = await collectArtifacts({ directory: at.artifacts, state: at.state, door: at.door, notice });
  const forwarder = await openForwarder({ door: at.door, port: at.forwardPort });
  const browser = await openBrowser({
    at,
    program: chromium,
    environment: () => environment,
    startBeside: () => wanted.want('browser'),
    notice,
  });
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
      await Promise.all([tellStatus(), artifacts.settle(ARTIFACTS_MS)]);
    },
    afterEnd() {
      work.saveSoon();
      rest();
    },
  });
  const tunnels = makeTunnels({
    door: at.door,
    cwd: at.workspace,
    state: at.state,
    env: () => environment,
    changed: () => rest(),
  });
  const local = await openLocalSocket(localSocket(at), {
    status: () => ({
      supervisor,
      session: welcome?.session.name ?? null,
      running: turns.running(),
      tool: translate.currentTool(),
    }),
    policy: () => ({ decision: welcome?.agent?.permission === 'ask' ? 'ask' : 'allow' }),
  });
  emit({ type: 'supervisor.started', pid: process.pid, version: VERSION });
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
      environment = { ...sessionEnvironment(at, env, chromium), ...message.env };
      if (first) begin(message);
      else wanted.reconnected();
      rest();
    },
    onOrder: obey,
  });

  const reason = await exit.promise;
  clearTimeout(asleep);
  await turns.end(reason);
  await work.save().catch((error: unknown) => notice('warning', `The work could not be saved: ${whyNot(error)}`));
  await tellStatus().catch(() => undefined);
  endAgent();
  await artifacts.settle(ARTIFACTS_MS);
  await artifacts.close();
  tunnels.close();
  await browser.close();
  await services.end();
  emit({ type: 'supervisor.ended', reason });
  await outbox.sync();
  failpoint('supervisor.before-exit');
  await outbox.flushed(AbortSignal.timeout(FLUSH_MS));
  ending.abort();
  uplink.close();
  forwarder.close();
  local.close();
  await outbox.close();
  owned.release();

  /** The first welcome: makes the clone, and the agent ready for a prompt, at the same time as far as that goes. */
  function begin(message: Welcome): void {
    emit({ type: 'stage', stage: 'supervisor', status: 'done', ms: Math.round(performance.now()) });
    const ready: Promise<unknown> = message.agent === undefined ? prepared(message) : ensureAgent();
    starting = true;
    const over = () => {
      starting = false;
      rest();
    };
    ready.then(over, over);
  }

  /** All that an agent finds when it starts. */
  async function prepared(message: Welcome): Promise<void> {
    await work.ready(message);
    await services.ready(message.services);
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
      await prepared(message);
    } catch (error) {
      void greeting.then(({ process }) => process.end(0)).catch(() => undefined);
      throw error;
    }
    return staged('agent', async () => {
      const last = await readLastConversation(at.state);
      conversationId ??= last?.agent === start.name ? last.id : message.conversationId;
      const agent = await openAgent(await greeting, start, { cwd: at.workspace, conversationId });
      await writeLastConversation(at.state, { agent: start.name, id: agent.conversation.id });
      return opened(agent, start.name);
    });
  }

  function greet(start: NonNullable<Welcome['agent']>) {
    hearing = false;
    return greetAgent(
      start,
      { cwd: at.workspace, env: environment, version: VERSION },
      {
        update: (notification) => hearing && turns.running().length > 0 && translate.update(notification),
        permission: permissions.ask,
      },
    );
  }

  function opened(agent: OpenAgent, name: string): OpenAgent {
    const { conversation } = agent;
    conversationId = conversation.id;
    hearing = true;
    emit({
      type: 'agent.started',
      agent: name,
      conversationId: shorten(conversation.id, MAX_SHORT),
      resumed: conversation.resumed,
      canSteer: agent.canSteer,
      canResume: agent.canResume,
      ...(conversation.model === undefined ? {} : { model: shorten(conversation.model, MAX_SHORT) }),
    });
    for (const remark of conversation.remarks) notice('warning', remark);
    const mine = opening;
    void agent.ended.then((end) => {
      if (!ending.signal.aborted) emit({ type: 'agent.ended', ...end });
      if (opening === mine) opening = undefined;
    });
    return agent;
  }

  /** Ends the agent, and one that is still being started once it is. */
  function endAgent(): void {
    void opening?.then((agent) => agent.end(AGENT_GRACE_MS)).catch(() => undefined);
  }

  async function staged<T>(stage: Stage, step: () => Promise<T>): Promise<T> {
    const sinceMs = Date.now();
    emit({ type: 'stage', stage, status: 'started' });
    try {
      const result = await step();
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
        void work.save().then(
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
      case 'service':
      case 'service-ended':
        wanted.answered(order);
        return;
      case 'exit':
        exit.resolve(order.reason);
        return;
    }
  }

  async function answerStatus(request: number): Promise<void> {
    const [status, ports] = await Promise.all([
      work.status(),
      listeningPorts([at.forwardPort, at.browserPort, at.browserOwnPort]).catch(() => []),
    ]);
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

  async function tellStatus(): Promise<void> {
    emit({ type: 'git.status', ...(await work.status()) });
  }

  /** Falls asleep when nothing is asked of it for long enough, and somebody is there to hear it. */
  function rest(): void {
    quiet();
    clearTimeout(asleep);
    if (welcome === undefined) return;
    asleep = setTimeout(() => {
      const isBusy = starting || turns.running().length > 0 || tunnels.open > 0;
      if (!isBusy && uplink.connected) exit.resolve('idle');
      else rest();
    }, welcome.idleMs);
  }

  function notice(level: 'info' | 'warning', text: string): void {
    emit({ type: 'notice', level, text: shorten(text, MAX_SHORT) });
  }
}

/** How a supervisor's failure to start is told on its log. */
export function whyNotStarted(error: unknown): string {
  return isFault(error) ? error.message : `Cannot start the supervisor: ${errorText(error)}`;
}
