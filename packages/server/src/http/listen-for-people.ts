import { rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { ListenOptions } from '../listen-options.ts';
import { type Api, tokenServer, userServer } from './api.ts';
import { listening } from './listening.ts';

/** Serves the API on a Unix socket that only this user may open, and with a token at the address of `--listen`, if any. */
export async function listenForPeople(
  api: Api,
  given: { readonly socket: string; readonly username: string; readonly remote: ListenOptions | undefined },
): Promise<Server[]> {
  const local = userServer(api, given.username);
  rmSync(given.socket, { force: true });
  const before = process.umask(0o177);
  await listening(local, (done) => local.listen(given.socket, done));
  process.umask(before);
  if (given.remote === undefined) return [local];
  const { hostname, port, token } = given.remote;
  const server = tokenServer(api, {
    token,
    hosts: () => [`${hostname}:${port}`, `localhost:${port}`, `127.0.0.1:${port}`],
  });
  await listening(server, (done) => server.listen(port, hostname, done));
  return [local, server];
}
