import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Fault } from '@cspace/domain';

/** A request's body, read piece by piece. Nothing is held beyond the chunk that is being read. */
export type Body = {
  /** The next `count` bytes. Fault `invalid` when it ends before. */
  exactly(count: number): Promise<Buffer>;
  /** The next chunk; undefined at the end. Fault `invalid` when the connection or the compression breaks. */
  next(): Promise<Buffer | undefined>;
};

/** The body of a request, decompressed. */
export function bodyOf(request: IncomingMessage): Body {
  return readBody(plainBody(request));
}

/** The same as a stream, for a program's standard input. */
export function plainBody(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding'];
  if (encoding !== 'gzip' && encoding !== 'x-gzip') return request;
  // Told through the stream that is returned.
  return pipeline(request, createGunzip(), () => {});
}

/** Reads a stream without ending it when reading stops early: an answer is still to be written on its connection. */
export function readBody(stream: AsyncIterable<Buffer>): Body {
  const source = stream[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  async function pull(): Promise<Buffer | undefined> {
    try {
      const { value, done } = await source.next();
      return done ? undefined : value;
    } catch (cause) {
      throw new Fault('invalid', 'Cannot read the request: it was cut or is damaged', { cause });
    }
  }

  return {
    async next() {
      if (held.length === 0) return pull();
      const chunk = held;
      held = Buffer.alloc(0);
      return chunk;
    },
    async exactly(count) {
      const pieces: Buffer[] = [];
      let missing = count;
      while (missing > 0) {
        const chunk = held.length > 0 ? held : await pull();
        held = Buffer.alloc(0);
        if (chunk === undefined) throw new Fault('invalid', 'Cannot read the request: it ends too early');
        pieces.push(chunk.subarray(0, missing));
        held = chunk.subarray(missing);
        missing -= Math.min(chunk.length, missing);
      }
      return Buffer.concat(pieces);
    },
  };
}

/** Reads what is left and drops it, so that a client which still sends gets to read its answer. Gives up after `ms`. */
export async function drain(body: Body, ms: number): Promise<void> {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs) {
    const chunk = await body.next().catch(() => undefined);
    if (chunk === undefined) return;
  }
}
