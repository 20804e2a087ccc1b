import { Fault, isFault } from '@cspace/domain';
import {
  encodeFrame,
  type Frame,
  frameDecoder,
  MAX_FRAME_BYTES,
  TUNNEL_PATH,
  type TunnelTarget,
} from '@cspace/protocol';
import WebSocket from 'ws';
import type { Cli } from '../cli.ts';
import { whereIs } from '../connect.ts';

export type Exit = { readonly exitCode: number | null; readonly signal: string | null };

/** The bytes to and from a process in a sandbox. `closed` resolves with its exit, or with a Fault's rejection. */
export type Tunnel = {
  send(kind: 'data' | 'end' | 'resize', payload?: Uint8Array): void;
  /** Resolves when what was sent has left: whoever reads fast input waits for it. */
  drained(): Promise<void>;
  readonly closed: Promise<Exit>;
  close(): void;
};

const DRAIN_POLL_MS = 5;
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

/** Opens a terminal or a command in a session's sandbox. The server wakes the session when it sleeps. */
export function openTunnel(cli: Cli, sessionId: string, target: TunnelTarget, onFrame: (frame: Frame) => void): Tunnel {
  const { address, headers } = addressOf(cli, sessionId, target);
  const socket = new WebSocket(address, { headers, perMessageDeflate: false, maxPayload: 8 * 1024 * 1024 });
  socket.binaryType = 'nodebuffer';
  const decode = frameDecoder();
  const waiting: Uint8Array[] = [];
  let exit: Exit | undefined;

  const closed = new Promise<Exit>((resolve, reject) => {
    socket.on('open', () => {
      for (const each of waiting.splice(0)) socket.send(each);
    });
    socket.on('message', (data: Buffer) => {
      try {
        for (const frame of decode(data)) {
          if (frame.kind === 'exit') exit = parseExit(frame.payload);
          else onFrame(frame);
        }
      } catch (cause) {
        const strange = new Fault('bug', 'Cannot read from the sandbox: what came is not a frame', { cause });
        reject(isFault(cause) ? cause : strange);
        socket.terminate();
      }
    });
    socket.on('error', (cause) =>
      reject(
        new Fault('unavailable', `Cannot open a terminal: ${cause.message}`, {
          cause,
          hint: 'cspace doctor says what is wrong',
        }),
      ),
    );
    socket.on('close', (code, reason) => {
      if (exit !== undefined) resolve(exit);
      else if (code >= 4000)
        reject(new Fault('failed', reason.toString() || 'Cannot open a terminal: the server refused'));
      else
        reject(
          new Fault('unavailable', 'Cannot go on: the connection to the sandbox was lost', { hint: 'Run it again' }),
        );
    });
  });

  const send = (bytes: Uint8Array) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(bytes);
    else if (socket.readyState === WebSocket.CONNECTING) waiting.push(bytes);
  };
  return {
    send: (kind, payload = new Uint8Array()) => {
      for (let at = 0; at === 0 || at < payload.byteLength; at += MAX_FRAME_BYTES) {
        send(encodeFrame(kind, payload.subarray(at, at + MAX_FRAME_BYTES)));
      }
    },
    drained: async () => {
      const full = () =>
        socket.readyState === WebSocket.CONNECTING ||
        (socket.readyState === WebSocket.OPEN && socket.bufferedAmount > MAX_BUFFERED_BYTES);
      while (full()) await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
    },
    closed,
    close: () => socket.terminate(),
  };
}

function addressOf(cli: Cli, sessionId: string, target: TunnelTarget) {
  const where = whereIs(cli);
  const query = `${TUNNEL_PATH}?${new URLSearchParams({ sessionId, target: JSON.stringify(target) })}`;
  switch (where.kind) {
    case 'own':
      return { address: `ws+unix:${where.home.socket}:${query}`, headers: {} };
    case 'socket':
      return { address: `ws+unix:${where.path}:${query}`, headers: {} };
    case 'url': {
      const headers = where.token === undefined ? {} : { authorization: `Bearer ${where.token}` };
      return { address: `${where.url.replace(/^http/, 'ws').replace(/\/+$/, '')}${query}`, headers };
    }
  }
}

function parseExit(payload: Uint8Array): Exit {
  try {
    const { exitCode, signal } = JSON.parse(Buffer.from(payload).toString('utf8')) as Partial<Exit>;
    return { exitCode: exitCode ?? null, signal: signal ?? null };
  } catch {
    return { exitCode: null, signal: null };
  }
}
