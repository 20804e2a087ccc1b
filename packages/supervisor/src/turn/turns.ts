import type { PromptId, TurnOutcome } from '@cspace/domain';
import type { SupervisorEvent } from '@cspace/protocol';
import { errorText } from '../agent/error-text.ts';
import type { OpenAgent } from '../agent/open-agent.ts';
import { type AgentEnd, describeEnd } from '../agent/spawn-agent.ts';
import { signalProcess } from '../end-group.ts';
import { failpoint } from '../failpoint.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { TakenPrompts } from '../taken-prompts.ts';
import type { Order } from '../uplink/uplink.ts';

/** How long an agent may take to end a cancelled turn before its process is ended. */
const CANCEL_MS = 10_000;
/** How long an agent may take to answer a steer. */
const STEER_MS = 10_000;
/** From an error of the agent's to the end of its process, when that is why. */
const LAST_WORDS_MS = 500;

type PromptOrder = Extract<Order, { type: 'prompt' }>;
type Answer = { readonly type: 'not-taken'; readonly promptId: PromptId; readonly why: 'busy' | 'ending' | 'repeated' };

/** The turns of the agent: one at a time, each prompt once. */
export type Turns = {
  /** The prompts of the turn that runs. */
  running(): readonly PromptId[];
  prompt(order: PromptOrder): void;
  /** Cancels the turn that runs, if it is that prompt's. Resolves when it has ended. */
  cancel(promptId: PromptId | undefined, by: string): Promise<void>;
  /** Takes no prompt any more, cancels what runs, and resolves when it has ended. */
  end(by: string): Promise<void>;
};

type Turn = {
  readonly promptId: PromptId;
  /** What an earlier supervisor left behind: a server that sends a new prompt has settled it. */
  readonly stale: readonly PromptId[];
  readonly steered: PromptId[];
  /** Steers that the agent has not answered yet. */
  readonly steering: Set<Promise<unknown>>;
  cancelledBy: string | undefined;
  /** Resolves when it is cancelled, also while its agent is still being started. */
  readonly cancelled: Promise<void>;
  readonly cancel: () => void;
  /** Its end has been told: whoever hears of it may send the next prompt before it is written down. */
  over: boolean;
  agent: OpenAgent | undefined;
  /** Processes that the agent has started in this turn and that still run. */
  stragglers: () => readonly number[];
  readonly ended: Promise<void>;
};

export function turns(given: {
  readonly taken: TakenPrompts;
  readonly outbox: Outbox;
  readonly answer: (answer: Answer) => void;
  readonly nowMs: () => number;
  /** The agent, started or started again as need be. */
  readonly agent: () => Promise<OpenAgent>;
  /** What is told between the agent's end of a turn and ours: held-back text, the state of the workspace. */
  readonly beforeEnd: () => Promise<void>;
  readonly afterEnd: () => void;
  /** What went wrong in the turn though the agent ended it as if nothing had. */
  readonly failure: () => string | undefined;
}): Turns {
  const { taken, outbox, answer, nowMs } = given;
  let current: Turn | undefined;
  let ending = false;
  let orders: Promise<unknown> = Promise.resolve();
  /** The agents that have had their instructions before a prompt. */
  const prefaced = new WeakSet<OpenAgent>();
  const emit = (event: SupervisorEvent) => outbox.append(event);

  const start = async (order: PromptOrder): Promise<void> => {
    const { promptId } = order;
    const stale = taken.open();
    const written = taken.take(promptId);
    emit({ type: 'prompt.accepted', promptId, how: { kind: 'started' } });
    try {
      // On the disk before the agent has the text. The event need not be: after a loss of power the id alone is enough for the
      // server to know that the turn was cut off, and a second file costs the disk as much again.
      await written;
    } catch (error) {
      // What cannot be written down is not run: it might be run again.
      const outcome: TurnOutcome = { kind: 'failed', why: `the prompt could not be written down: ${errorText(error)}` };
      return emit({ type: 'turn.ended', promptId, outcome, ms: 0 });
    }
    failpoint('supervisor.after-taken');
    const { promise: ended, resolve: finish } = Promise.withResolvers<void>();
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<void>();
    const turn: Turn = {
      promptId,
      stale,
      steered: [],
      steering: new Set(),
      cancelledBy: undefined,
      cancelled,
      cancel,
      over: false,
      agent: undefined,
      stragglers: () => [],
      ended,
    };
    current = turn;
    void run(turn, order.text).finally(finish);
  };

  const run = async (turn: Turn, text: string): Promise<void> => {
    const sinceMs = nowMs();
    const outcome = await outcomeOf(turn, text);
    // A steer that the agent has answered belongs to this turn, and is told before its end.
    await within(STEER_MS, Promise.allSettled(turn.steering));
    await given
      .beforeEnd()
      .catch((error: unknown) => console.error(`Cannot look at the workspace: ${errorText(error)}`));
    turn.over = true;
    failpoint('supervisor.before-turn-ended');
    emit({ type: 'turn.ended', promptId: turn.promptId, outcome, ms: nowMs() - sinceMs });
    await outbox
      .sync()
      .then(() => taken.finish([...turn.stale, turn.promptId, ...turn.steered]))
      .catch((error: unknown) => console.error(`Cannot write down the end of a turn: ${errorText(error)}`));
    failpoint('supervisor.after-turn-ended');
    current = undefined;
    given.afterEnd();
  };

  const outcomeOf = async (turn: Turn, text: string): Promise<TurnOutcome> => {
    try {
      const agent = await Promise.race([given.agent(), turn.cancelled]);
      if (agent === undefined || turn.cancelledBy !== undefined)
        return { kind: 'cancelled', by: turn.cancelledBy ?? '' };
      turn.agent = agent;
      const before = agent.processes();
      turn.stragglers = () => [...agent.processes()].filter((pid) => !before.has(pid));
      const preface = prefaced.has(agent) ? undefined : agent.conversation.preface;
      prefaced.add(agent);
      const stopReason = await agent.prompt(preface === undefined ? text : `${preface}\n\n${text}`, () => {
        emit({ type: 'prompt.delivered', promptId: turn.promptId });
        failpoint('supervisor.after-delivered');
      });
      // What the agent said before it answered may still be on its way through the connection.
      await new Promise((resolve) => setImmediate(resolve));
      if (turn.cancelledBy !== undefined) return { kind: 'cancelled', by: turn.cancelledBy };
      const failure = given.failure();
      return failure === undefined ? outcomeFor(stopReason) : { kind: 'failed', why: failure };
    } catch (error) {
      if (turn.cancelledBy !== undefined) return { kind: 'cancelled', by: turn.cancelledBy };
      const end = await endWithin(turn.agent, LAST_WORDS_MS);
      return end === undefined ? { kind: 'failed', why: errorText(error) } : { kind: 'cut', why: describeEnd(end) };
    }
  };

  const steer = async (turn: Turn, order: PromptOrder): Promise<void> => {
    const { promptId } = order;
    const { agent } = turn;
    if (agent === undefined || !agent.canSteer) return answer({ type: 'not-taken', promptId, why: 'busy' });
    await taken.take(promptId);
    if (turn.over || !(await within(STEER_MS, agent.steer(order.text)))) {
      taken.giveBack(promptId);
      return answer({ type: 'not-taken', promptId, why: 'busy' });
    }
    turn.steered.push(promptId);
    emit({ type: 'prompt.accepted', promptId, how: { kind: 'steered', into: turn.promptId } });
    emit({ type: 'prompt.delivered', promptId });
  };

  const cancel = async (turn: Turn, by: string): Promise<void> => {
    turn.cancelledBy ??= by;
    turn.cancel();
    await turn.agent?.cancel().catch(() => undefined);
    const timer = setTimeout(() => turn.agent?.end(0), CANCEL_MS);
    await turn.ended;
    clearTimeout(timer);
    // Some agents end the turn and leave its commands running.
    for (const pid of turn.stragglers()) signalProcess(pid, 'SIGKILL');
  };

  const take = async (order: PromptOrder): Promise<void> => {
    if (taken.has(order.promptId)) return answer({ type: 'not-taken', promptId: order.promptId, why: 'repeated' });
    if (ending) return answer({ type: 'not-taken', promptId: order.promptId, why: 'ending' });
    if (current?.over === true) await current.ended;
    if (current === undefined) return start(order);
    if (order.delivery === 'steer') {
      const { steering } = current;
      const steered = steer(current, order).finally(() => steering.delete(steered));
      steering.add(steered);
      return steered;
    }
    if (order.delivery === 'queue') return answer({ type: 'not-taken', promptId: order.promptId, why: 'busy' });
    await cancel(current, 'a new prompt');
    return start(order);
  };

  return {
    running: () => (current === undefined ? [] : [current.promptId, ...current.steered]),
    prompt(order) {
      orders = orders
        .then(() => take(order))
        .catch((error: unknown) => {
          console.error(`Cannot take prompt ${order.promptId}: ${errorText(error)}`);
          answer({ type: 'not-taken', promptId: order.promptId, why: 'busy' });
        });
    },
    async cancel(promptId, by) {
      if (current !== undefined && (promptId === undefined || promptId === current.promptId)) await cancel(current, by);
    },
    async end(by) {
      ending = true;
      await orders;
      if (current !== undefined) await cancel(current, by);
    },
  };
}

/** How the agent's process ended, if it does so by then. Its connection may be seen to close before its process. */
function endWithin(agent: OpenAgent | undefined, ms: number): Promise<AgentEnd | undefined> {
  return agent === undefined ? Promise.resolve(undefined) : within(ms, agent.ended);
}

/** What is waited for, or undefined when it fails or does not come in time. */
function within<T>(ms: number, waited: Promise<T>): Promise<T | undefined> {
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, ms, undefined).unref());
  return Promise.race([waited.catch(() => undefined), late]);
}

function outcomeFor(stopReason: string): TurnOutcome {
  switch (stopReason) {
    case 'end_turn':
      return { kind: 'finished' };
    case 'cancelled':
      return { kind: 'cancelled', by: 'the agent' };
    case 'refusal':
      return { kind: 'refused' };
    case 'max_tokens':
      return { kind: 'limit', limit: 'tokens' };
    case 'max_turn_requests':
      return { kind: 'limit', limit: 'requests' };
    default:
      return { kind: 'failed', why: `the agent stopped for a reason that is not known: ${stopReason}` };
  }
}
