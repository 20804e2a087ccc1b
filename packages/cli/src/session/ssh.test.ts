import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { fakeServer, world } from '@cspace/client/testing';
import { encodeFrame, type Frame, frameDecoder } from '@cspace/protocol';
import { expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Given, runCli } from '../testing/run-cli.ts';
import { temporary } from '../testing/temporary.ts';

type Seen = { target?: unknown; readonly frames: Frame[] };

/** A server whose tunnels end at `serve`. */
async function withTunnel(
  serve: (socket: WebSocket, frame: Frame, seen: Seen) => void,
  act: (cli: (argv: string[], given?: Given) => ReturnType<typeof runCli>, seen: Seen) => Promise<void>,
): Promise<void> {
  using directory = temporary();
  const socketPath = join(directory.path, 'server.sock');
  const made = world(directory.path);
  made.addSession({ name: 'mars' });
  const seen: Seen = { frames: [] };
  const sockets = new WebSocketServer({ noServer: true });
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    sockets.handleUpgrade(request, socket, head, (each) => {
      seen.target = JSON.parse(new URL(request.url ?? '', 'http://x').searchParams.get('target') ?? '');
      const decode = frameDecoder();
      each.on('message', (data: Buffer) => {
        for (const frame of decode(data)) {
          seen.frames.push(frame);
          serve(each, frame, seen);
        }
      });
    });
  await using _ = await fakeServer(socketPath, made, onUpgrade);
  await act((argv, given) => runCli(argv, { socketPath, cwd: directory.path, ...given }), seen);
}

const exit = (exitCode: number | null, signal: string | null = null) =>
  encodeFrame('exit', Buffer.from(JSON.stringify({ exitCode, signal })));

test('ssh() runs a command with its streams apart and passes on its exit code', async () => {
  const echo = (socket: WebSocket, frame: Frame) => {
    if (frame.kind === 'data') {
      socket.send(encodeFrame('data', Buffer.from(`out:${Buffer.from(frame.payload)}`)));
      socket.send(encodeFrame('error', Buffer.from('err')));
    }
    if (frame.kind !== 'end') return;
    socket.send(exit(42));
    socket.close();
  };
  await withTunnel(echo, async (cli, seen) => {
    const ran = await cli(['ssh', 'mars', '--', 'wc', '-c', '--json'], { stdin: 'input' });
    expect(ran).toEqual({ exitCode: 42, stdout: 'out:input', stderr: 'err' });
    expect(seen.target).toEqual({ kind: 'command', argv: ['wc', '-c', '--json'] });
  });
});

test('ssh() ends as a shell does when a signal ended the command, and does not wait for a terminal to be read', async () => {
  const killed = (socket: WebSocket) => {
    socket.send(exit(null, 'SIGTERM'));
    socket.close();
  };
  await withTunnel(killed, async (cli) => {
    expect(await cli(['ssh', 'mars', '--', 'sleep', '9'], { tty: true })).toMatchObject({ exitCode: 143 });
  });
});

test('ssh() opens a terminal of this size', async () => {
  const shell = (socket: WebSocket, frame: Frame) => {
    socket.send(encodeFrame('data', Buffer.from(frame.kind === 'end' ? '' : `$ ${Buffer.from(frame.payload)}`)));
    if (frame.kind !== 'end') return;
    socket.send(exit(0));
    socket.close();
  };
  await withTunnel(shell, async (cli, seen) => {
    const ran = await cli(['ssh', 'mars'], { tty: true, stdin: 'exit\n', columns: 123 });
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('$ exit') });
    expect(seen.target).toEqual({ kind: 'terminal', argv: [], columns: 123, rows: 24, term: 'xterm-256color' });
  });
});

test('ssh() says why a tunnel was refused, and that a connection was lost', async () => {
  await withTunnel(
    (socket) => socket.close(4000, 'Cannot open a tunnel: mars is being removed'),
    async (cli) => {
      expect(await cli(['ssh', 'mars', '--', 'ls'])).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('mars is being removed'),
      });
    },
  );
  await withTunnel(
    (socket) => socket.terminate(),
    async (cli) => {
      expect(await cli(['ssh', 'mars', '--', 'ls'])).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('was lost'),
      });
    },
  );
});
