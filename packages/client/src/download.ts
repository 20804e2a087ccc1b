import type { Artifact } from '@cspace/domain';
import { artifactPath } from '@cspace/protocol';
import type { CallOptions, Connection } from './connect.ts';
import { faultFromConnection, faultFromWire } from './fault-from-wire.ts';
import { chunksOf, type ResponseLike } from './fetch-like.ts';

/** The bytes of an artifact as they come. Ends with a Fault when the server refuses, or when they are not all of them. */
export async function* download(
  connection: Connection,
  sessionId: string,
  artifact: Pick<Artifact, 'id' | 'bytes'>,
  { signal }: CallOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const called = connection.called ?? connection.url;
  const url = `${connection.url.replace(/\/+$/, '')}${artifactPath(sessionId, artifact.id)}`;
  let got = 0;
  let response: ResponseLike;
  try {
    response = await (connection.fetch ?? globalThis.fetch)(url, {
      method: 'GET',
      headers: connection.token === undefined ? {} : { authorization: `Bearer ${connection.token}` },
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw faultFromConnection(cause, called);
  }
  if (response.status >= 400) throw faultFromWire(parse(await response.text()), response.status);
  try {
    for await (const chunk of chunksOf(response.body)) {
      got += chunk.byteLength;
      yield chunk;
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw faultFromConnection(cause, called);
  }
  if (got !== artifact.bytes) throw faultFromConnection(new Error('the artifact was cut off'), called);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
