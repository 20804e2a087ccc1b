import { Fault } from '@cspace/domain';
import { expect, test } from 'vitest';
import { eventStream } from './event-stream.ts';

const event = (seq: number, text = 'hello') => ({ seq, atMs: 7, event: { type: 'agent.text', text } });

async function read(stream: ReadableStream<Uint8Array>): Promise<string[]> {
  const chunks: string[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk).toString());
  return chunks;
}

const refusal = (error: unknown) => ({ message: error instanceof Error ? error.message : '' });

test('eventStream() sends a page as one chunk', async () => {
  async function* pages() {
    yield [event(1), event(2, 'two\nlines')];
    yield [event(3)];
  }
  const [opening, first, second, ...rest] = await read(eventStream(pages(), refusal));
  expect(opening).toBe(': \n\n');
  expect(first).toBe(
    `event: message\ndata: ${JSON.stringify(event(1))}\n\nevent: message\ndata: ${JSON.stringify(event(2, 'two\nlines'))}\n\n`,
  );
  expect(second).toBe(`event: message\ndata: ${JSON.stringify(event(3))}\n\n`);
  expect(rest).toEqual([]);
});

test('eventStream() cuts a page of long events into chunks', async () => {
  async function* pages() {
    yield Array.from({ length: 8 }, (_, index) => event(index + 1, 'x'.repeat(100_000)));
  }
  const chunks = await read(eventStream(pages(), refusal));
  expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(300_000);
  expect(chunks.join('').match(/"seq":\d/g)).toHaveLength(8);
});

test('eventStream() reads a page only when the last has been taken, and lets go of the log when nobody reads on', async () => {
  let given = 0;
  let ended = false;
  async function* pages() {
    try {
      for (;;) {
        given += 1;
        yield [event(given)];
      }
    } finally {
      ended = true;
    }
  }
  const reader = eventStream(pages(), refusal).getReader();
  for (let count = 0; count < 3; count += 1) await reader.read();
  expect(given).toBeLessThanOrEqual(3);
  await reader.cancel();
  expect(ended).toBe(true);
});

test('eventStream() ends with what went wrong', async () => {
  async function* pages() {
    yield [event(1)];
    throw new Fault('failed', 'Cannot read it');
  }
  const chunks = await read(eventStream(pages(), refusal));
  expect(chunks.at(-1)).toBe('event: error\ndata: {"message":"Cannot read it"}\n\n');
});
