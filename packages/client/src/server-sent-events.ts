/** One server-sent event. Comments (keep-alives) are not given. */
export type ServerSentEvent = { readonly event: string; readonly data: string };

/**
 * Reads server-sent events from bytes as they come. An event that the end of the stream cut off is dropped.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export async function* serverSentEvents(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  let event = '';
  let data: string[] = [];
  for await (const line of lines(chunks)) {
    if (line === '') {
      if (event !== '' || data.length > 0) yield { event: event === '' ? 'message' : event, data: data.join('\n') };
      event = '';
      data = [];
      continue;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
}

/** Whole lines of UTF-8, ended by LF, CRLF or CR. A long line costs its length once, however many chunks it comes in. */
async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest: string[] = [];
  let endedInCr = false;
  for await (const chunk of chunks) {
    let text = decoder.decode(chunk, { stream: true });
    if (endedInCr && text.startsWith('\n')) text = text.slice(1);
    if (text === '') continue;
    endedInCr = text.endsWith('\r');
    const parts = text.split(/\r\n|\n|\r/);
    const last = parts.pop() ?? '';
    for (const part of parts) {
      yield rest.length === 0 ? part : rest.join('') + part;
      rest = [];
    }
    if (last !== '') rest.push(last);
  }
}
