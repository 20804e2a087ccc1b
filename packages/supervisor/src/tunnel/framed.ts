import type { Socket } from 'node:net';
import { encodeFrame, type Frame, type FrameKind, frameDecoder, MAX_FRAME_BYTES } from '@cspace/protocol';

/** The inner end of a tunnel that carries frames. */
export type Framed = {
  /** Sends a payload, in several frames when it is long. False: wait for `onDrain`. */
  send(kind: FrameKind, payload: Uint8Array): boolean;
  /** Sends how the process ended and closes. */
  exit(end: { readonly exitCode: number | null; readonly signal: string | null }): void;
  pause(): void;
  resume(): void;
};

/** Speaks frames over a tunnel's socket. `onClosed` is called once, whoever closed it. */
export function framed(
  socket: Socket,
  on: { readonly frame: (frame: Frame) => void; readonly drain: () => void; readonly closed: () => void },
): Framed {
  const decode = frameDecoder();
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const frame of decode(chunk)) on.frame(frame);
    } catch {
      socket.destroy();
    }
  });
  socket.on('drain', on.drain);
  socket.on('error', () => socket.destroy());
  // A tunnel is used both ways until its process ends: half of one is none.
  socket.on('end', () => socket.destroy());
  socket.on('close', on.closed);
  return {
    send(kind, payload) {
      let room = !socket.writableNeedDrain;
      for (let at = 0; at < payload.byteLength; at += MAX_FRAME_BYTES) {
        room = socket.write(encodeFrame(kind, payload.subarray(at, at + MAX_FRAME_BYTES)));
      }
      return room;
    },
    exit(end) {
      socket.end(encodeFrame('exit', Buffer.from(JSON.stringify(end))));
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
}
