import type { ServiceEnd } from '@cspace/domain';
import type { Down, Up } from '@cspace/protocol';

type Answer = Extract<Down, { type: 'service' }>;
type Ended = Extract<Down, { type: 'service-ended' }>;
type Question = Extract<Up, { type: 'want-service' | 'watch-service' }>;

const ANSWER_MS = 120_000;

export type WantedBeside = {
  /** Has the server start a service beside the sandbox; rejects with why it does not. */
  want(name: Answer['name']): Promise<void>;
  /** Resolves once such a service has ended; however many ask, they are told of the same end. */
  ended(name: Answer['name']): Promise<ServiceEnd>;
  answered(answer: Answer | Ended): void;
  /** Asks again what a server that has gone away does not answer any more. */
  reconnected(): void;
};

/** Asks the server for services that the sandbox cannot run itself. */
export function wantedBeside(send: (message: Question) => void): WantedBeside {
  const waiting = new Map<Answer['name'], Set<(answer: Answer) => void>>();
  const watched = new Map<Answer['name'], PromiseWithResolvers<ServiceEnd>>();
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
    ended(name) {
      const known = watched.get(name);
      if (known !== undefined) return known.promise;
      const fresh = Promise.withResolvers<ServiceEnd>();
      watched.set(name, fresh);
      send({ type: 'watch-service', name });
      return fresh.promise;
    },
    answered(answer) {
      if (answer.type === 'service') {
        for (const settle of [...(waiting.get(answer.name) ?? [])]) settle(answer);
        return;
      }
      const { name, how, said } = answer;
      const mine = watched.get(name);
      watched.delete(name);
      mine?.resolve({ how, said });
    },
    reconnected() {
      for (const name of watched.keys()) send({ type: 'watch-service', name });
    },
  };
}
