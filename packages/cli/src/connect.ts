import { type Client, type Connection, connect, type FetchLike } from '@cspace/client';
import { Fault } from '@cspace/domain';
import { type Home, homePaths } from '@cspace/protocol';
import type { Cli } from './cli.ts';
import { nodeFetch } from './node-fetch.ts';
import { VERSION } from './version.ts';

/** The server a command talks to: the user's own, over its Unix socket, or one at a URL. */
export type Where =
  | { readonly kind: 'own'; readonly home: Home }
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string; readonly token: string | undefined };

/** Which server `--server`, `CSPACE_SERVER` and `CSPACE_HOME` mean. */
export function whereIs({ io, flags }: Pick<Cli, 'io' | 'flags'>): Where {
  const asked = flags.server ?? (io.env.CSPACE_SERVER || undefined);
  if (asked === undefined) return { kind: 'own', home: homePaths(io) };
  if (asked.startsWith('unix:')) return { kind: 'socket', path: asked.slice('unix:'.length) };
  if (!/^https?:\/\/[^/\s]/.test(asked) || !URL.canParse(asked)) {
    throw new Fault('invalid', `Cannot use the server ${asked}: it is not a URL`, {
      hint: 'Give it as https://HOST[:PORT] or unix:/PATH',
    });
  }
  return { kind: 'url', url: asked, token: io.env.CSPACE_TOKEN || undefined };
}

/** A client of that server. The user's own server is started on first use, unless `start` is false. */
export function connectTo(cli: Cli, options: { readonly start?: boolean } = {}): Client {
  return connect({ ...connectionTo(cli, options), version: VERSION });
}

/** How that server is reached. */
export function connectionTo(cli: Cli, options: { readonly start?: boolean } = {}): Connection {
  const where = whereIs(cli);
  switch (where.kind) {
    case 'url':
      return { url: where.url, token: where.token, fetch: nodeFetch() };
    case 'socket':
      return { url: 'http://localhost', called: where.path, fetch: nodeFetch(where.path) };
    case 'own': {
      const fetch = nodeFetch(where.home.socket);
      return {
        url: 'http://localhost',
        called: where.home.socket,
        fetch: options.start === false ? fetch : startingFetch(cli, where.home, fetch),
      };
    }
  }
}

/** Starts the server when nobody listens, then asks again: the request was never sent, so nothing is asked twice. */
function startingFetch(cli: Cli, home: Home, fetch: FetchLike): FetchLike {
  let starting: Promise<void> | undefined;
  const start = async () => {
    const { startServer } = await import('./server/start-server.ts');
    await startServer(cli.io, home);
  };
  return async (url, init) => {
    try {
      return await fetch(url, init);
    } catch (error) {
      if (!nobodyListens(error)) throw error;
      // Requests at the same time start one server.
      starting ??= start().finally(() => {
        starting = undefined;
      });
      await starting;
      return fetch(url, init);
    }
  };
}

/** Whether a connection was refused before anything was sent. */
export function nobodyListens(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR';
}
