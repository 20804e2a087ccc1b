import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { endToEndHeaders } from '../end-to-end-headers.ts';
import { redactStream, redactText } from '../redact-stream.ts';

/**
 * Passes a provider's answer on, at the client's pace, without the credential should the provider echo it. `seen` is shown every
 * byte, unpacked. Resolves when it is over, however it ended.
 */
export async function passAnswer(
  incoming: IncomingMessage,
  response: ServerResponse,
  secret: string,
  seen: (chunk: Uint8Array) => void,
): Promise<void> {
  const unpack = unpackers(incoming.headers['content-encoding']);
  const headers = endToEndHeaders(incoming.rawHeaders, (name) => isDropped(name, unpack.length > 0)).map(
    ([name, value]) => [name, redactText(secret, value)] as const,
  );
  response.writeHead(incoming.statusCode ?? 502, headers.flat());
  response.flushHeaders();
  const redact = redactStream(secret);
  const tap = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      seen(chunk);
      done(null, redact.push(chunk));
    },
    flush(done) {
      done(null, redact.end());
    },
  });
  try {
    await pipeline([incoming, ...unpack, tap, response]);
  } catch {
    // Cut, from whichever side: the client must see it as such, not as an end.
    incoming.destroy();
    response.destroy();
  }
}

function isDropped(name: string, unpacked: boolean): boolean {
  if (name === 'set-cookie' || name === 'set-cookie2' || name === 'alt-svc') return true;
  return unpacked && (name === 'content-encoding' || name === 'content-length');
}

/** Providers are asked not to pack; one that does all the same is unpacked, as what passes has to be read. */
function unpackers(encoding: string | undefined): Transform[] {
  const names = (encoding ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  return names.reverse().flatMap((name) => UNPACKERS[name]?.() ?? []);
}

const UNPACKERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};
