/** Where replies with `hold` wait. A release that comes early is kept for the next one to arrive. */
export interface Gate {
  readonly waiting: number;
  pass(signal: AbortSignal): Promise<void>;
  release(): void;
  /** Resolves once a reply waits here. */
  arrival(signal: AbortSignal): Promise<void>;
}

export function gate(): Gate {
  const waiting: (() => void)[] = [];
  let early = 0;
  let arrivals: (() => void)[] = [];

  return {
    get waiting() {
      return waiting.length;
    },
    async pass(signal) {
      signal.throwIfAborted();
      if (early > 0) {
        early -= 1;
        return;
      }
      await settled(signal, (open) => {
        waiting.push(open);
        for (const arrive of arrivals) arrive();
        arrivals = [];
        return () => void waiting.splice(waiting.indexOf(open) >>> 0, 1);
      });
    },
    release() {
      const open = waiting.shift();
      if (open === undefined) early += 1;
      else open();
    },
    async arrival(signal) {
      signal.throwIfAborted();
      if (waiting.length === 0) {
        await settled(signal, (arrive) => {
          arrivals.push(arrive);
          return () => void arrivals.splice(arrivals.indexOf(arrive) >>> 0, 1);
        });
      }
    },
  };
}

/** A promise that `start` is given the means to resolve; when the signal comes first, what `start` returned undoes it. */
function settled(signal: AbortSignal, start: (resolve: () => void) => () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      undo();
      reject(signal.reason);
    };
    const undo = start(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    signal.addEventListener('abort', abort, { once: true });
  });
}
