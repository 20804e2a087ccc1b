import type { Duplex } from 'node:stream';
import { type Down, MAX_CONTROL_LINE_BYTES, Up } from '@cspace/protocol';
import { jsonLines } from './json-lines.ts';
import type { ControlConnection } from './ports.ts';

/** How a control connection watches over its peer. */
export type ControlPatience = {
  readonly pingMs: number;
  /** Pings in a row without a byte from the peer before it counts as dead. */
  readonly missedPings: number;
  /** Bytes that may wait for a peer that does not read. */
  readonly maxUnsentBytes: number;
};

export const CONTROL_PATIENCE: ControlPatience = { pingMs: 5_000, missedPings: 4, maxUnsentBytes: 64 * 1024 * 1024 };

/**
 * A supervisor's control connection over an upgraded socket. `ended` is told once, with the reason, when it ends for any other
 * cause than `close`. Pongs are kept here; everything else is given on, read no faster than it is taken.
 */
export function controlConnection(
  socket: Duplex,
  patience: ControlPatience,
  ended: (why: string) => void,
): ControlConnection {
  const state = { waiting: false, heard: true, missed: 0, over: false };

  const end = (why: string | undefined) => {
    if (state.over) return;
    state.over = true;
    clearInterval(ticking);
    socket.destroy();
    if (why !== undefined) ended(why);
  };
  const write = (message: Down) => {
    if (state.over) return;
    socket.write(`${JSON.stringify(message)}\n`);
    if (socket.writableLength > patience.maxUnsentBytes) end('the supervisor does not read');
  };
  // Silence counts only while we listen: a slow reader on this side says nothing about the peer. Missed pings are counted, not
  // milliseconds, so that a machine that was asleep does not cut everybody off.
  const tick = () => {
    state.missed = state.heard || !state.waiting ? 0 : state.missed + 1;
    state.heard = false;
    if (state.missed >= patience.missedPings) end('the supervisor does not answer');
    else write({ type: 'ping' });
  };
  const ticking = setInterval(tick, patience.pingMs);
  socket.on('error', () => {});
  socket.once('close', () => end('the connection was closed'));

  async function* messages(): AsyncGenerator<Up> {
    const lines = jsonLines(MAX_CONTROL_LINE_BYTES);
    try {
      state.waiting = true;
      for await (const chunk of socket) {
        state.waiting = false;
        state.heard = true;
        for (const line of lines(chunk as Uint8Array)) {
          const message = Up.parse(line);
          if (message.type !== 'pong') yield message;
          if (state.over) return;
        }
        state.waiting = true;
      }
      end('the connection was closed');
    } catch (error) {
      end(state.over ? undefined : reasonOf(error));
    } finally {
      end(undefined);
    }
  }

  return { send: write, messages: messages(), close: () => end(undefined) };
}

/** Why reading stopped, without quoting what was sent. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'reading failed';
  if (error.name === 'ZodError' || error.name === '$ZodError') return 'a message is not one of the protocol';
  return 'code' in error ? 'the connection was lost' : error.message;
}
