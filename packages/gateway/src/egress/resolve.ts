import { lookup } from 'node:dns/promises';
import { HOST_ALIAS } from '@cspace/domain';

/** The addresses of a name, in the order to try them. Rejects when there is none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** Names looked up at once. The system's resolver blocks one of Node's few threads each, and they are shared with file access. */
const MAX_AT_ONCE = 2;

/** Asks the system, `/etc/hosts` included. Equal questions that overlap are asked once. */
export const systemResolve: Resolve = resolver(async (host) => {
  const found = await lookup(host === HOST_ALIAS ? 'localhost' : host, { all: true });
  return found.map(({ address }) => address);
});

/** Bounds how much a resolver is asked at once, over all doors. */
export function resolver(ask: Resolve): Resolve {
  const asking = new Map<string, Promise<readonly string[]>>();
  const waiting: (() => void)[] = [];
  let running = 0;

  const next = () => {
    if (running >= MAX_AT_ONCE) return;
    const start = waiting.shift();
    if (start === undefined) return;
    running += 1;
    start();
  };
  const turn = () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      next();
    });

  return (host) => {
    const found = asking.get(host);
    if (found !== undefined) return found;
    const answer = turn()
      .then(() => ask(host))
      .finally(() => {
        running -= 1;
        asking.delete(host);
        next();
      });
    asking.set(host, answer);
    return answer;
  };
}
