import { isFault } from '@cspace/domain';
import type { Cli } from '../cli.ts';

const TRIES = 5;
/** What took this long was not lost: the server said itself that it takes too long. */
const LONG_MS = 30_000;

/** Does again what is safe to do twice when its answer got lost (a server that restarts). */
export async function retryLost<T>({ io }: Pick<Cli, 'io'>, act: () => Promise<T>): Promise<T> {
  const sinceMs = io.nowMs();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      if (attempt >= TRIES || io.nowMs() - sinceMs > LONG_MS || io.cancelled.aborted || !isFault(error, 'unavailable'))
        throw error;
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
    }
  }
}
