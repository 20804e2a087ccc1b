import type { IncomingHttpHeaders } from 'node:http';
import type { ModelRequest } from './protocol.ts';
import type { From } from './script.ts';

/** One request as it came in, for assertions. */
export interface RecordedRequest {
  /** From 1, in order of arrival. */
  readonly number: number;
  readonly atMs: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Byte for byte. */
  readonly body: Buffer;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
  /** The key it carried, whichever header it was in; empty when there was none. */
  readonly key: string;
  /** Absent when it asked for no answer of a model (a list of models, a token count, something unknown). */
  readonly asked?: ModelRequest & { readonly protocol: string };
  /** What it was answered with. */
  readonly from?: From;
}

export function keyOf(headers: IncomingHttpHeaders): string {
  const own = headers['x-api-key'];
  if (typeof own === 'string') return own;
  return (headers.authorization ?? '').replace(/^bearer /i, '');
}
