import { join } from 'node:path';
import { type FakeServer, fakeServer, type World, world } from '@cspace/client/testing';
import { type Given, type Ran, runCli } from './run-cli.ts';
import { temporary } from './temporary.ts';

export type Stage = {
  readonly world: World;
  readonly server: FakeServer;
  readonly socketPath: string;
  readonly directory: string;
  cli(argv: readonly string[], given?: Given): Promise<Ran>;
};

/** A fake server, and the CLI that talks to it, for the length of `act`. */
export async function withWorld(act: (stage: Stage) => Promise<void>): Promise<void> {
  using directory = temporary();
  const socketPath = join(directory.path, 'server.sock');
  const made = world(directory.path);
  await using server = await fakeServer(socketPath, made);
  await act({
    world: made,
    server,
    socketPath,
    directory: directory.path,
    cli: (argv, given) => runCli(argv, { socketPath, cwd: directory.path, ...given }),
  });
}
