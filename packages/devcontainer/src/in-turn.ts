/** Does one thing after the other. Whoever waits may give up; what has begun ends before the next begins. */
export function inTurn(): <T>(signal: AbortSignal, act: () => Promise<T>) => Promise<T> {
  let last: Promise<void> = Promise.resolve();
  return async (signal, act) => {
    signal.throwIfAborted();
    const before = last;
    const { promise, resolve } = Promise.withResolvers<void>();
    last = promise;
    try {
      await untilAborted(before, signal);
      return await act();
    } finally {
      void before.then(resolve);
    }
  };
}

async function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const end = () => reject(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
