/** Runs an action for a key; see `coalesce`. */
export type Coalesced<T> = (
  key: string,
  signal: AbortSignal,
  action: (signal: AbortSignal) => Promise<T>,
) => Promise<T>;

type Run<T> = { readonly result: Promise<T>; readonly stop: AbortController; waiting: number };
type Runs<T> = { running: Run<T> | undefined; next: Run<T> | undefined };

/**
 * One run at a time for each key. Whoever asks while one is under way gets the next, which all who ask in the meantime share:
 * it began after each of them asked. A run ends early when everybody who waited for it has gone.
 */
export function coalesce<T>(): Coalesced<T> {
  const keys = new Map<string, Runs<T>>();

  function start(key: string, runs: Runs<T>, action: (signal: AbortSignal) => Promise<T>): Run<T> {
    const stop = new AbortController();
    const before = runs.running?.result.catch(() => {});
    const result = (async () => {
      await before;
      stop.signal.throwIfAborted();
      return action(stop.signal);
    })();
    const handOver = () => {
      [runs.running, runs.next] = [runs.next, undefined];
      if (runs.running === undefined) keys.delete(key);
    };
    result.then(handOver, handOver);
    return { result, stop, waiting: 0 };
  }

  return async (key, signal, action) => {
    signal.throwIfAborted();
    const runs = keys.get(key) ?? { running: undefined, next: undefined };
    keys.set(key, runs);
    let run: Run<T>;
    if (runs.running === undefined) {
      run = start(key, runs, action);
      runs.running = run;
    } else {
      runs.next ??= start(key, runs, action);
      run = runs.next;
    }
    return waitFor(run, signal);
  };
}

function waitFor<T>(run: Run<T>, signal: AbortSignal): Promise<T> {
  run.waiting += 1;
  return new Promise((resolve, reject) => {
    const leave = () => {
      run.waiting -= 1;
      if (run.waiting === 0) run.stop.abort(signal.reason);
      reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    run.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
