import { type BudgetDecision, decideBudget, reserveUsd } from '@cspace/domain';

/** Lets model calls of one session start, in order, as far as its money goes. */
export type Admission = {
  /** Waits for its turn. `refuse`: the budget is spent. `gone`: the client went away while it waited. */
  enter(requestBytes: number, gone: AbortSignal): Promise<Admitted | 'refuse' | 'gone'>;
};

/** Disposed of when the call has ended and its cost is recorded. */
export type Admitted = Disposable;

type Waiting = { readonly reserve: number; readonly told: (decision: 'admit' | 'refuse' | 'gone') => void };

export function admission(remainingUsd: () => number | undefined, maxRunning: number): Admission {
  const queue = new Set<Waiting>();
  const running = new Set<{ readonly reserve: number }>();

  const decide = (): BudgetDecision =>
    decideBudget({
      remainingUsd: remainingUsd(),
      reservedUsd: [...running].reduce((sum, { reserve }) => sum + reserve, 0),
      running: running.size,
      maxRunning,
    });
  const pump = () => {
    for (const waiting of queue) {
      const decision = decide();
      if (decision === 'wait') return;
      queue.delete(waiting);
      if (decision === 'admit') running.add(waiting);
      waiting.told(decision);
    }
  };

  return {
    async enter(requestBytes, gone) {
      const { promise, resolve } = Promise.withResolvers<'admit' | 'refuse' | 'gone'>();
      const waiting: Waiting = { reserve: reserveUsd(requestBytes), told: resolve };
      const aborted = () => {
        if (queue.delete(waiting)) resolve('gone');
      };
      queue.add(waiting);
      gone.addEventListener('abort', aborted, { once: true });
      if (gone.aborted) aborted();
      pump();
      const told = await promise;
      gone.removeEventListener('abort', aborted);
      if (told !== 'admit') return told;
      return {
        [Symbol.dispose]() {
          if (running.delete(waiting)) pump();
        },
      };
    },
  };
}
