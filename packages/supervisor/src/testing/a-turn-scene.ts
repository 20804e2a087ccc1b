import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Delivery, PromptId } from '@cspace/domain';
import type { SupervisorEvent } from '@cspace/protocol';
import type { OpenAgent } from '../agent/open-agent.ts';
import type { AgentEnd } from '../agent/spawn-agent.ts';
import { openOutbox } from '../outbox/outbox.ts';
import { openTakenPrompts } from '../taken-prompts.ts';
import { type Turns, turns } from '../turn/turns.ts';

export type TurnScene = {
  readonly turns: Turns;
  /** What the server would hear, in its order. */
  readonly events: () => readonly SupervisorEvent[];
  readonly answers: readonly { readonly promptId: PromptId; readonly why: string }[];
  /** Texts the agent was given, with the ends the test decides. */
  readonly given: readonly { readonly text: string; finish(stopReason: string): void; fail(error: Error): void }[];
  readonly steered: readonly string[];
  cancelled: number;
  /** What the agent says went wrong beside its answer. */
  failure: string | undefined;
  /** Ends the agent's process. */
  die(end: AgentEnd): void;
  order(letter: string, delivery?: Delivery): PromptId;
  /** Another supervisor over the same files. */
  again(): TurnScene;
};

/** The turns of a supervisor over real files; the agent behind them does what the test says. */
export function aTurnScene(
  options: { readonly canSteer?: boolean } = {},
  directory = mkdtempSync(join(tmpdir(), 'turns-')),
): TurnScene {
  const outbox = openOutbox(directory);
  const answers: TurnScene['answers'][number][] = [];
  const given: TurnScene['given'][number][] = [];
  const steered: string[] = [];
  const died = Promise.withResolvers<AgentEnd>();
  const scene: TurnScene = {
    events: () => outbox.read(0).items.map((line) => (JSON.parse(line) as { event: SupervisorEvent }).event),
    answers,
    given,
    steered,
    cancelled: 0,
    failure: undefined,
    die: died.resolve,
    order(letter, delivery = 'queue') {
      const promptId = `prm_${letter.repeat(20)}` as PromptId;
      scene.turns.prompt({
        type: 'prompt',
        promptId,
        text: `do ${letter}`,
        from: { kind: 'user', name: 'ann' },
        delivery,
      });
      return promptId;
    },
    again: () => aTurnScene(options, directory),
    turns: turns({
      taken: openTakenPrompts(directory),
      outbox,
      answer: ({ promptId, why }) => answers.push({ promptId, why }),
      nowMs: () => 0,
      agent: async () => agent,
      beforeEnd: async () => undefined,
      afterEnd: () => undefined,
      failure: () => scene.failure,
    }),
  };
  const agent: OpenAgent = {
    conversation: { id: 'c', resumed: false, model: undefined, preface: undefined, remarks: [] },
    canSteer: options.canSteer === true,
    canResume: true,
    prompt(text, onWritten) {
      const turn = Promise.withResolvers<string>();
      given.push({ text, finish: turn.resolve, fail: turn.reject });
      onWritten();
      return turn.promise;
    },
    async steer(text) {
      steered.push(text);
      return true;
    },
    async cancel() {
      scene.cancelled += 1;
      given.at(-1)?.finish('cancelled');
    },
    processes: () => new Set(),
    ended: died.promise,
    end: () => died.resolve({ exitCode: null, signal: 'SIGKILL', stderr: '' }),
  };
  return scene;
}
