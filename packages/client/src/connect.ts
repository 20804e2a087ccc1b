import type { Fault } from '@cspace/domain';
import { type contract, VERSION_HEADER } from '@cspace/protocol';
import type { InferContractRouterInputs, InferContractRouterOutputs } from '@orpc/contract';
import { faultFromConnection, faultFromWire, isNotUnderstood, otherVersion } from './fault-from-wire.ts';
import { chunksOf, type FetchLike, type ResponseLike } from './fetch-like.ts';
import { ROUTES, type Route } from './routes.ts';
import { serverSentEvents } from './server-sent-events.ts';

type Inputs = InferContractRouterInputs<typeof contract>;
type Outputs = InferContractRouterOutputs<typeof contract>;

/** Streams are plain async generators; ending one early closes its connection. */
type Answer<Output> = Output extends AsyncIterator<infer Item> ? AsyncGenerator<Item, void, undefined> : Output;

export type CallOptions = { readonly signal?: AbortSignal | undefined };

type Call<Input, Output> = undefined extends Input
  ? (input?: Input, options?: CallOptions) => Promise<Answer<Output>>
  : (input: Input, options?: CallOptions) => Promise<Answer<Output>>;

/** The contract as functions. What the server refuses is thrown as the `Fault` it is. */
export type Client = {
  readonly [Noun in keyof Inputs]: {
    readonly [Verb in keyof Inputs[Noun]]: Verb extends keyof Outputs[Noun]
      ? Call<Inputs[Noun][Verb], Outputs[Noun][Verb]>
      : never;
  };
};

export type Connection = {
  /** Where the API is: `http://localhost` for a Unix socket, whose `fetch` knows the path. */
  readonly url: string;
  readonly fetch?: FetchLike;
  readonly token?: string | undefined;
  /** What errors call the place, where that is not the URL. */
  readonly called?: string;
  /** What this client is a part of, to be told apart from the server's when that does not understand it. */
  readonly version?: string;
};

/** A stream is given up when not even a keep-alive comes for this long; the server sends one every 5 s. */
const QUIET_MS = 30_000;

/** A client of a cspace server. Connects when it is used, needs nothing but `fetch`, and runs in a browser. */
export function connect(connection: Connection): Client {
  const nouns = Object.entries(ROUTES).map(([noun, verbs]) => [
    noun,
    Object.fromEntries(
      Object.entries(verbs).map(([verb, route]) => [
        verb,
        (input?: unknown, options?: CallOptions) => call(connection, route, input, options?.signal),
      ]),
    ),
  ]);
  return Object.fromEntries(nouns) as Client;
}

async function call(
  connection: Connection,
  route: Route,
  input: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  signal?.throwIfAborted();
  const cut = route.streams === true ? new AbortController() : undefined;
  const until = either(signal, cut?.signal);
  const { path, rest } = fillPath(route.path, input);
  const body = route.method === 'GET' || rest === undefined ? undefined : JSON.stringify(rest);
  const query = route.method === 'GET' && rest !== undefined ? `?${queryOf(rest)}` : '';
  const url = `${connection.url.replace(/\/+$/, '')}${path}${query}`;
  const response = await reach(connection, signal, (fetch) =>
    fetch(url, {
      method: route.method,
      headers: {
        accept: cut === undefined ? 'application/json' : 'text/event-stream, application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(connection.token === undefined ? {} : { authorization: `Bearer ${connection.token}` }),
      },
      ...(body === undefined ? {} : { body }),
      ...(until === undefined ? {} : { signal: until }),
    }),
  );
  if (cut !== undefined && response.status < 400) return stream(connection, response, signal, cut);
  const text = await reach(connection, signal, () => response.text());
  const answer = parse(text);
  if (response.status >= 400 || answer === undefined) throw refusal(connection, response, answer);
  return answer;
}

/** What the server refused. One of another version may not know what is asked, which is no mistake of who asks. */
function refusal({ version }: Connection, response: ResponseLike, answer: unknown): Fault {
  const fault = faultFromWire(answer, response.status);
  const theirs = response.headers.get(VERSION_HEADER);
  const differs = version !== undefined && theirs !== null && theirs !== version;
  return differs && isNotUnderstood(answer, fault) ? otherVersion(theirs, version, fault) : fault;
}

async function* stream(
  connection: Connection,
  response: ResponseLike,
  signal: AbortSignal | undefined,
  cut: AbortController,
): AsyncGenerator<unknown, void, undefined> {
  const events = serverSentEvents(watched(chunksOf(response.body), cut));
  try {
    for (;;) {
      const next = await reach(connection, signal, () => events.next());
      if (next.done === true) return;
      const { event, data } = next.value;
      if (event === 'message') yield parse(data);
      if (event === 'error') throw faultFromWire(parse(data), 500);
      if (event === 'done' || event === 'close') return;
    }
  } finally {
    cut.abort();
  }
}

/** Chunks as they come; cuts the connection when none comes for too long: the other end is gone without a word. */
async function* watched(
  chunks: AsyncIterable<Uint8Array>,
  cut: AbortController,
): AsyncGenerator<Uint8Array, void, undefined> {
  const watch = () => setTimeout(() => cut.abort(new Error(`nothing came for ${QUIET_MS / 1000} s`)), QUIET_MS);
  let timer = watch();
  try {
    for await (const chunk of chunks) {
      clearTimeout(timer);
      yield chunk;
      timer = watch();
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Does something with the connection; what goes wrong there is `unavailable`, but for the caller's own cancelling. */
async function reach<T>(
  connection: Connection,
  signal: AbortSignal | undefined,
  act: (fetch: FetchLike) => Promise<T>,
): Promise<T> {
  try {
    return await act(connection.fetch ?? globalThis.fetch);
  } catch (cause) {
    signal?.throwIfAborted();
    throw cause instanceof Error && cause.name === 'Fault'
      ? cause
      : faultFromConnection(cause, connection.called ?? connection.url);
  }
}

function either(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a === undefined || b === undefined ? (a ?? b) : AbortSignal.any([a, b]);
}

/** Puts the input's values where the path has their names; gives the rest, if there is any. */
function fillPath(path: string, input: unknown): { path: string; rest: Record<string, unknown> | undefined } {
  const rest: Record<string, unknown> = typeof input === 'object' && input !== null ? { ...input } : {};
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(String(value));
  });
  return { path: filled, rest: Object.keys(rest).length > 0 ? rest : undefined };
}

function queryOf(values: Record<string, unknown>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
