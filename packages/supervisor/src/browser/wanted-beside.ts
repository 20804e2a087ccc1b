import type { Down, Up } from '@cspace/protocol';

type Answer = Extract<Down, { type: 'service' }>;

const ANSWER_MS = 120_000;

export type WantedBeside = {
  /** Has the server start a service beside the sandbox; rejects with why it does not. */
  want(name: Answer['name']): Promise<void>;
  answered(answer: Answer): void;
};

/** Asks the server for services that the sandbox cannot run itself. */
export function wantedBeside(send: (message: Extract<Up, { type: 'want-service' }>) => void): WantedBeside {
  const waiting = new Map<Answer['name'], Set<(answer: Answer) => void>>();
  return {
    want(name) {
      return new Promise((resolve, reject) => {
        const mine = waiting.get(name) ?? new Set();
        waiting.set(name, mine);
        const settle = (answer: Answer) => {
          clearTimeout(timer);
          mine.delete(settle);
          if (answer.ok) resolve();
          else reject(new Error(answer.why ?? `Cannot start service ${name}: the server does not say why`));
        };
        const why = `Cannot start service ${name}: the server did not answer`;
        const timer = setTimeout(settle, ANSWER_MS, { type: 'service', name, ok: false, why });
        mine.add(settle);
        send({ type: 'want-service', name });
      });
    },
    answered(answer) {
      for (const settle of [...(waiting.get(answer.name) ?? [])]) settle(answer);
    },
  };
}
