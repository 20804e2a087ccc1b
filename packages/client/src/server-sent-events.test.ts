import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ServerSentEvent, serverSentEvents } from './server-sent-events.ts';

async function read(chunks: readonly Uint8Array[]): Promise<ServerSentEvent[]> {
  async function* source() {
    yield* chunks;
  }
  const found: ServerSentEvent[] = [];
  for await (const event of serverSentEvents(source())) found.push(event);
  return found;
}

const bytes = (text: string) => new TextEncoder().encode(text);

test('serverSentEvents() reads events, comments and every line ending', async () => {
  const text =
    ': hello\n\nevent: message\ndata: {"a":1}\n\ndata:two\r\ndata: lines\r\n\r\nevent: done\rdata\r\rdata: cut off';
  expect(await read([bytes(text)])).toEqual([
    { event: 'message', data: '{"a":1}' },
    { event: 'message', data: 'two\nlines' },
    { event: 'done', data: '' },
  ]);
});

test('serverSentEvents() does not care where chunks end', async () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ' '));
  const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      cuts,
      async (lines, end, sizes) => {
        const all = bytes(lines.map((text) => `event: message${end}data: ${text}${end}${end}`).join(''));
        const chunks: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < all.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          chunks.push(all.subarray(at, at + size));
          at += size;
        }
        expect((await read(chunks)).map(({ data }) => data)).toEqual(lines.map((text) => text.toWellFormed()));
      },
    ),
  );
});
