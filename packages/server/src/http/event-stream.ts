import type { StoredEvent } from '@cspace/domain';

/** How long a stream is silent before it shows that it is still there; a client gives up one that is silent for 30 s. */
const ALIVE_MS = 5_000;
const ALIVE = ': \n\n';
/** From how many characters on a chunk is sent: a page of long events does not have to be in memory twice. */
const CHUNK = 128 * 1024;

/**
 * Pages of a log as server-sent events, many to a chunk; the next chunk is made once the last has been taken. What goes wrong
 * ends the stream with an `error` event that has what `refusal` makes of it.
 */
export function eventStream(
  pages: AsyncGenerator<readonly StoredEvent[], void, void>,
  refusal: (error: unknown) => unknown,
): ReadableStream<Uint8Array> {
  return ReadableStream.from(bytesOf(chunks(pages, refusal)));
}

async function* bytesOf(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array, void, void> {
  for await (const text of texts) yield Buffer.from(text);
}

async function* chunks(
  pages: AsyncGenerator<readonly StoredEvent[], void, void>,
  refusal: (error: unknown) => unknown,
): AsyncGenerator<string, void, void> {
  yield ALIVE;
  try {
    let next = pages.next();
    for (;;) {
      const page = await within(next, ALIVE_MS);
      if (page?.done === true) return;
      if (page === undefined) {
        yield ALIVE;
        continue;
      }
      yield* chunksOf(page.value);
      next = pages.next();
    }
  } catch (error) {
    yield message('error', refusal(error));
  } finally {
    await pages.return();
  }
}

function* chunksOf(page: readonly StoredEvent[]): Generator<string, void, void> {
  let chunk = '';
  for (const { seq, atMs, event } of page) {
    chunk += message('message', { seq, atMs, event });
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

function message(event: 'message' | 'error', data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** What comes within so many milliseconds, if anything does. */
async function within<Value>(coming: Promise<Value>, ms: number): Promise<Value | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(late.resolve, ms, undefined);
  try {
    return await Promise.race([coming, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
