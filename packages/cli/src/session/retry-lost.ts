import { isFault } from '@cspace/domain';
import type { Cli } from '../cli.ts';

const TRIES = 5;

/** Does again what is safe to do twice when its answer got lost (a server that restarts). */
export async function retryLost<T>({ io }: Pick<Cli, 'io'>, act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      if (attempt >= TRIES || io.cancelled.aborted || !isFault(error, 'unavailable')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
    }
  }
}
