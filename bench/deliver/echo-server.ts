import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE } from '../run-command.ts';

const SERVER = `require('node:net').createServer((socket) => socket.pipe(socket)).listen(process.argv[1], () => console.log('up'))`;

/** A process that sends back what it gets on a Unix socket; gives what makes one round trip. */
export async function echoServer(cleanup: AsyncDisposableStack): Promise<() => Promise<undefined>> {
  const directory = await mkdtemp(join(tmpdir(), 'cspace-bench-'));
  cleanup.defer(() => rm(directory, { recursive: true }));
  const path = join(directory, 'echo.sock');
  const child = cleanup.adopt(spawn(NODE, ['-e', SERVER, path], { stdio: ['ignore', 'pipe', 'inherit'] }), end);
  await once(child.stdout, 'data');
  const socket = cleanup.adopt(connect(path), (open) => void open.destroy());
  await once(socket, 'connect');
  return async () => {
    const back = once(socket, 'data');
    socket.write('now');
    await back;
    return undefined;
  };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}
