/**
 * The framing of terminal and command tunnels, the same from the CLI to the process inside: one byte that says what the
 * payload is, its length as a big-endian 32-bit number, the payload.
 *
 * Towards the process: `data` (standard input), `end` (its end), `resize` ({columns, rows}).
 * From the process: `data` (standard output; everything, for a terminal), `error` (standard error), `exit` ({exitCode, signal}).
 */
export const FRAME = { data: 0, error: 1, end: 2, resize: 3, exit: 4 } as const;
export type FrameKind = keyof typeof FRAME;
export type Frame = { readonly kind: FrameKind; readonly payload: Uint8Array };

/** The longest payload of one frame, in bytes. Longer data is several frames. */
export const MAX_FRAME_BYTES = 1024 * 1024;

const KINDS = Object.entries(FRAME).reduce<FrameKind[]>((kinds, [kind, code]) => {
  kinds[code] = kind as FrameKind;
  return kinds;
}, []);

/** One frame as bytes. */
export function encodeFrame(kind: FrameKind, payload: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(5 + payload.byteLength);
  bytes[0] = FRAME[kind];
  new DataView(bytes.buffer).setUint32(1, payload.byteLength);
  bytes.set(payload, 5);
  return bytes;
}

/** Takes bytes as they come and gives the frames they complete. Throws a RangeError on a kind or length that is not one. */
export function frameDecoder(): (chunk: Uint8Array) => Frame[] {
  let rest: Uint8Array = new Uint8Array();
  return (chunk) => {
    const bytes = rest.byteLength === 0 ? chunk : concat(rest, chunk);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const frames: Frame[] = [];
    let at = 0;
    while (bytes.byteLength - at >= 5) {
      const kind = KINDS[view.getUint8(at)];
      const length = view.getUint32(at + 1);
      if (kind === undefined || length > MAX_FRAME_BYTES) throw new RangeError('not a frame');
      if (bytes.byteLength - at - 5 < length) break;
      frames.push({ kind, payload: bytes.slice(at + 5, at + 5 + length) });
      at += 5 + length;
    }
    rest = bytes.slice(at);
    return frames;
  };
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.byteLength + b.byteLength);
  both.set(a);
  both.set(b, a.byteLength);
  return both;
}
