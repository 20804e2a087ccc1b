import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutAt } from '../testing/cut-at.ts';
import type { BilledCall } from './model-route.ts';
import { usageReader } from './usage-reader.ts';

const sse = (...events: object[]) => events.map((event) => `event: x\ndata: ${JSON.stringify(event)}\n\n`).join('');

const anthropic = sse(
  {
    type: 'message_start',
    message: {
      model: 'claude-sonnet-4-6',
      usage: {
        input_tokens: 10,
        cache_creation_input_tokens: 20,
        cache_read_input_tokens: 30,
        cache_creation: { ephemeral_5m_input_tokens: 15, ephemeral_1h_input_tokens: 5 },
        output_tokens: 1,
      },
    },
  },
  { type: 'content_block_delta', delta: { type: 'text_delta', text: 'say "usage" \n twice' } },
  { type: 'message_delta', usage: { output_tokens: 42, server_tool_use: { web_search_requests: 2 } } },
  { type: 'message_stop' },
);
const responses = sse(
  { type: 'response.created', response: { model: 'gpt-5', usage: null } },
  { type: 'response.output_text.delta', delta: 'hello' },
  {
    type: 'response.completed',
    response: {
      model: 'gpt-5-2025-08-07',
      service_tier: 'default',
      output: [{ type: 'web_search_call' }, { type: 'message' }],
      usage: { input_tokens: 100, input_tokens_details: { cached_tokens: 60 }, output_tokens: 7 },
    },
  },
);
const chat = `${sse(
  { model: 'gpt-4.1', choices: [{ delta: { content: 'x' } }], usage: null },
  {
    model: 'gpt-4.1',
    choices: [],
    usage: { prompt_tokens: 9, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 4 } },
  },
)}data: [DONE]\n\n`;

function read(call: BilledCall, type: string, chunks: readonly Uint8Array[]) {
  const reader = usageReader(call, type);
  for (const chunk of chunks) reader.push(chunk);
  return reader.end();
}

test.each([
  [
    'messages',
    anthropic,
    {
      inputTokens: 10,
      outputTokens: 42,
      cacheReadTokens: 30,
      cacheWriteTokens: 20,
      longCacheWriteTokens: 5,
      webSearches: 2,
    },
    'claude-sonnet-4-6',
  ],
  [
    'responses',
    responses,
    { inputTokens: 40, outputTokens: 7, cacheReadTokens: 60, webSearches: 1 },
    'gpt-5-2025-08-07',
  ],
  ['chat', chat, { inputTokens: 5, outputTokens: 3, cacheReadTokens: 4 }, 'gpt-4.1'],
] as const)('usageReader(%s) reads a stream however it is cut', (call, text, usage, model) => {
  const bytes = Buffer.from(text);
  fc.assert(
    fc.property(fc.array(fc.nat(80)), (sizes) => {
      const reading = read(call, 'text/event-stream; charset=utf-8', cutAt(bytes, sizes));
      expect(reading).toMatchObject({ model, usage, inputSaid: true, outputSaid: true });
    }),
  );
});

test('usageReader() reads whole answers', () => {
  const message = { model: 'claude-opus-5', usage: { input_tokens: 1, output_tokens: 2, speed: 'fast' } };
  expect(read('messages', 'application/json', [Buffer.from(JSON.stringify(message))])).toMatchObject({
    model: 'claude-opus-5',
    usage: { inputTokens: 1, outputTokens: 2, tier: 'fast' },
    outputSaid: true,
  });
  const completion = { model: 'gpt-5', service_tier: 'priority', usage: { prompt_tokens: 5, completion_tokens: 6 } };
  expect(read('chat', 'application/json', [Buffer.from(JSON.stringify(completion))]).usage).toMatchObject({
    inputTokens: 5,
    outputTokens: 6,
    tier: 'fast',
  });
});

test('usageReader() keeps what came of a stream that was cut, and counts what passed', () => {
  const beginning = Buffer.from(anthropic.slice(0, anthropic.indexOf('event: x\ndata: {"type":"message_delta"')));
  const words = Buffer.from(sse(...Array.from({ length: 50 }, () => ({ delta: { text: 'w'.repeat(400) } }))));
  const reading = read('messages', 'text/event-stream', [beginning, words]);
  expect(reading).toMatchObject({ usage: { inputTokens: 10, outputTokens: 1 }, inputSaid: true, outputSaid: false });
  expect(reading.outputSeen).toBeGreaterThan(3000);
  expect(reading.outputSeen).toBeLessThan(8000);
});

test('usageReader() says nothing of nonsense, and never throws', () => {
  const nonsense = fc.oneof(
    fc.json(),
    fc.constantFrom(
      '{"usage":{"input_tokens":-1,"output_tokens":1e99}}',
      '{"usage":[]}',
      '{"usage":{"input_tokens":"9"}}',
      '{"__proto__":{"usage":{"input_tokens":9}}}',
      '{"type":"message_start","message":null,"usage":1}',
    ),
  );
  const call = fc.constantFrom<BilledCall>('messages', 'responses', 'chat');
  fc.assert(
    fc.property(call, fc.array(nonsense), fc.boolean(), (kind, values, stream) => {
      const text = stream ? values.map((value) => `data: ${value}\n`).join('') : values.join('');
      const { usage } = read(kind, stream ? 'text/event-stream' : 'application/json', [Buffer.from(text)]);
      for (const count of [usage.inputTokens, usage.outputTokens, usage.cacheReadTokens, usage.cacheWriteTokens]) {
        expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
      }
    }),
  );
  fc.assert(
    fc.property(call, fc.array(fc.uint8Array()), (kind, chunks) => {
      read(kind, 'text/event-stream', chunks);
      read(kind, 'application/json', chunks);
    }),
  );
});
