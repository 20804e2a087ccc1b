import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { Event } from '@cspace/protocol';
import { expect, test, vi } from 'vitest';
import type { GatewayPorts, ModelCredential } from '../ports.ts';
import { listen } from '../testing/listen.ts';
import { type TestDoor, testDoor } from '../testing/test-door.ts';

/** A machine that is busy with other things takes its time. */
const PATIENT_MS = 15_000;

const SECRET = 'sk-ant-canary-0123456789abcdef';
const MESSAGES = '/model/anthropic/v1/messages';
const usage = { input_tokens: 1000, output_tokens: 100 };
const message = JSON.stringify({ model: 'claude-opus-4-6', content: [], usage });

type Seen = { readonly request: IncomingMessage; readonly body: string };

/** A door whose providers are a real server that answers as the test says. */
async function behind(answer: RequestListener, ports: Partial<GatewayPorts> = {}, header?: ModelCredential['header']) {
  const seen: Seen[] = [];
  const upstream = await listen(
    createServer(async (request, response) => {
      seen.push({ request, body: await text(request).catch(() => 'cut') });
      answer(request, response);
    }),
  );
  const credential: ModelCredential = {
    baseUrl: `http://127.0.0.1:${upstream.port}/gateway/`,
    header: header ?? 'x-api-key',
    value: header === 'authorization' ? `Bearer ${SECRET}` : SECRET,
  };
  const door = await testDoor({ credential: () => credential, ...ports });
  return {
    ...door,
    seen,
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

const usages = (door: TestDoor) =>
  door.events.filter((event): event is Extract<Event, { type: 'usage' }> => event.type === 'usage');

test('proxyModel() puts the key in and takes what the sandbox sent out', async () => {
  await using door = await behind((_request, response) => {
    response.setHeader('set-cookie', 'a=b').setHeader('x-echo', `key ${SECRET}`).end(message);
  });
  const headers = {
    'x-api-key': 'placeholder',
    authorization: 'Bearer placeholder',
    cookie: 'a=b',
    'proxy-authorization': 'Basic x',
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'a, mcp-client-2025-04-04, b',
    connection: 'x-hop, keep-alive',
    'x-hop': '1',
    'user-agent': 'claude-cli/2',
  };
  const answer = await door.ask('POST', `${MESSAGES}?beta=true`, { headers, body: '{"model":"m"}' });
  expect(answer.status).toBe(200);
  expect(answer.body).toBe(message);
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect(answer.headers['x-echo']).toBe(`key ${'*'.repeat(SECRET.length)}`);
  const [{ request, body } = { request: undefined, body: '' }] = door.seen;
  expect(request?.url).toBe('/gateway/v1/messages?beta=true');
  expect(body).toBe('{"model":"m"}');
  expect(request?.headers).toEqual({
    host: expect.stringMatching(/^127/),
    'x-api-key': SECRET,
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'a,b',
    'user-agent': 'claude-cli/2',
    'accept-encoding': 'identity',
    'content-length': '13',
  });
  await vi.waitFor(() => expect(usages(door)).toHaveLength(1), PATIENT_MS);
  expect(usages(door)[0]).toMatchObject({
    model: 'claude-opus-4-6',
    inputTokens: 1000,
    outputTokens: 100,
    estimated: false,
  });
  expect(usages(door)[0]?.costUsd).toBeCloseTo(0.0075);
});

test('proxyModel() adds what an OAuth token needs', async () => {
  await using door = await behind((_request, response) => response.end(message), {}, 'authorization');
  await door.ask('POST', MESSAGES, { headers: { 'x-api-key': 'p', 'anthropic-beta': 'a' }, body: '{}' });
  expect(door.seen[0]?.request.headers).toMatchObject({
    authorization: `Bearer ${SECRET}`,
    'anthropic-beta': 'a,oauth-2025-04-20',
  });
  expect(door.seen[0]?.request.headers['x-api-key']).toBeUndefined();
});

test.each([
  ['GET', MESSAGES],
  ['POST', '/model/anthropic/v1/messages/batches'],
  ['POST', '/model/anthropic/v1/../v1/messages'],
  ['POST', '/model/anthropic/v1/%6dessages'],
  ['POST', '/model/anthropic//v1/messages'],
  ['POST', '/model/anthropic/v1/files'],
  ['GET', '/model/anthropic/v1/models/../organizations'],
  ['DELETE', '/model/openai/v1/models/x'],
  ['POST', '/model/openai/v1/embeddings'],
])('proxyModel() does not pass on %s %s', async (method, path) => {
  await using door = await behind((_request, response) => response.end());
  const answer = await door.ask(method, path);
  expect(answer.status).toBe(404);
  expect(JSON.parse(answer.body)).toHaveProperty('error.message');
  expect(door.seen).toEqual([]);
});

test('proxyModel() says how to log in where there is no key, in the provider’s shape', async () => {
  await using door = await testDoor();
  const anthropic = await door.ask('POST', MESSAGES, { body: '{}' });
  expect(anthropic.status).toBe(401);
  expect(JSON.parse(anthropic.body)).toMatchObject({
    type: 'error',
    error: {
      type: 'authentication_error',
      message: expect.stringContaining('no key: run `cspace agents login claude`'),
    },
  });
  const openai = await door.ask('POST', '/model/openai/v1/responses', { body: '{}' });
  expect(openai.status).toBe(401);
  expect(JSON.parse(openai.body).error.message).toContain('cspace agents login codex');
});

test('proxyModel() passes a stream on as it comes, and records its usage at its end', async () => {
  const { promise: go, resolve } = Promise.withResolvers<void>();
  await using door = await behind(async (_request, response) => {
    response.setHeader('content-type', 'text/event-stream');
    response.write(
      `data: ${JSON.stringify({ type: 'message_start', message: { model: 'claude-opus-4-6', usage } })}\n\n`,
    );
    await go;
    response.end(`data: ${JSON.stringify({ type: 'message_delta', usage: { output_tokens: 500 } })}\n\n`);
  });
  const incoming = await door.start('POST', MESSAGES, {}, '{"stream":true}');
  const chunks = incoming[Symbol.asyncIterator]();
  expect(String((await chunks.next()).value)).toContain('message_start');
  expect(usages(door)).toEqual([]);
  resolve();
  expect(String((await chunks.next()).value)).toContain('message_delta');
  await vi.waitFor(
    () => expect(usages(door)).toMatchObject([{ inputTokens: 1000, outputTokens: 500, estimated: false }]),
    PATIENT_MS,
  );
});

test('proxyModel() cancels upstream when the client goes, and records what was seen', async () => {
  const { promise: cut, resolve } = Promise.withResolvers<void>();
  await using door = await behind((_request, response) => {
    response.setHeader('content-type', 'text/event-stream');
    response.write(
      `data: ${JSON.stringify({ type: 'message_start', message: { model: 'claude-opus-4-6', usage } })}\n\n`,
    );
    response.once('close', resolve);
  });
  const incoming = await door.start('POST', MESSAGES, {}, '{"stream":true}');
  await incoming[Symbol.asyncIterator]().next();
  incoming.destroy();
  await cut;
  await vi.waitFor(() => expect(usages(door)).toMatchObject([{ inputTokens: 1000, estimated: true }]), PATIENT_MS);
});

test('proxyModel() records a guess when the client goes before the answer', async () => {
  const { promise: cut, resolve } = Promise.withResolvers<void>();
  await using door = await behind((_request, response) => void response.once('close', resolve));
  const socket = await door.dial();
  const body = `{"model":"claude-opus-4-6","x":"${'a'.repeat(4000)}"}`;
  socket.write(`POST ${MESSAGES} HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  await vi.waitFor(() => expect(door.seen).toHaveLength(1), PATIENT_MS);
  socket.destroy();
  await cut;
  await vi.waitFor(
    () => expect(usages(door)).toMatchObject([{ model: 'claude-opus-4-6', outputTokens: 0, estimated: true }]),
    PATIENT_MS,
  );
  expect(usages(door)[0]?.inputTokens).toBeGreaterThan(1000);
});

test('proxyModel() cuts the client off, visibly, when upstream breaks in the middle', async () => {
  await using door = await behind((_request, response) => {
    response.write('data: {}\n\n');
    setTimeout(() => response.destroy(), 20);
  });
  const incoming = await door.start('POST', MESSAGES, {}, '{}');
  await expect(text(incoming)).rejects.toThrow();
});

test.each([429, 500, 401, 529])('proxyModel() passes a %i through, free of charge', async (status) => {
  await using door = await behind((_request, response) => {
    response.writeHead(status, { 'retry-after': '7' }).end(`{"error":"${SECRET}"}`);
  });
  const answer = await door.ask('POST', MESSAGES, { body: '{}' });
  expect(answer.status).toBe(status);
  expect(answer.headers['retry-after']).toBe('7');
  expect(answer.body).toBe(`{"error":"${'*'.repeat(SECRET.length)}"}`);
  expect(usages(door)).toEqual([]);
});

test.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
] as const)('proxyModel() reads and cleans an answer packed as %s', async (encoding, pack) => {
  await using door = await behind((_request, response) => {
    response
      .setHeader('content-encoding', encoding)
      .end(pack(`${message} ${SECRET}`.replace('}}', `},"key":"${SECRET}"}`)));
  });
  const answer = await door.ask('POST', MESSAGES, { body: '{}' });
  expect(answer.headers['content-encoding']).toBeUndefined();
  expect(answer.body).toContain('claude-opus-4-6');
  expect(answer.body).not.toContain(SECRET);
});

test('proxyModel() lets no echoed key into the sandbox, split over chunks or in base64', async () => {
  const encoded = Buffer.from(`x${SECRET}y`).toString('base64');
  await using door = await behind(async (_request, response) => {
    for (const part of [SECRET.slice(0, 9), SECRET.slice(9), ' ', encoded.slice(0, 7), encoded.slice(7)]) {
      response.write(part);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    response.end();
  });
  const { body } = await door.ask('POST', MESSAGES, { body: '{}' });
  expect(body).not.toContain(SECRET.slice(0, 9));
  expect(Buffer.from(body.split(' ')[1] ?? '', 'base64').toString()).not.toContain('canary');
});

test('proxyModel() answers an unreachable provider so that clients try again, and tells nothing', async () => {
  const credential: ModelCredential = { baseUrl: 'http://127.0.0.1:1', header: 'x-api-key', value: SECRET };
  await using door = await testDoor({ credential: () => credential });
  const answer = await door.ask('POST', MESSAGES, { body: '{}' });
  expect(answer.status).toBe(502);
  expect(answer.headers['x-should-retry']).toBe('true');
  expect(JSON.parse(answer.body).error.message).toBe('Cannot reach the model provider: it refused the connection');
});

test('proxyModel() refuses without retry once the budget is spent, and says so in the log once', async () => {
  await using door = await behind((_request, response) => response.end(message), { remainingUsd: () => 0 });
  for (const path of [MESSAGES, '/model/openai/v1/chat/completions', MESSAGES]) {
    const answer = await door.ask('POST', path, { body: '{}' });
    expect(answer.status).toBe(400);
    expect(answer.headers['x-should-retry']).toBe('false');
    expect(JSON.parse(answer.body).error.message).toContain('budget of this session is spent');
  }
  expect(door.seen).toEqual([]);
  expect(door.events).toEqual([{ type: 'limit.hit', limit: 'budget', text: expect.any(String) }]);
});

test('proxyModel() holds a budget against many calls at once', async () => {
  let spent = 0;
  await using door = await behind((_request, response) => setTimeout(() => response.end(message), 5), {
    remainingUsd: () => 0.05 - spent,
    record: (_caller, event) => {
      if (event.type === 'usage') spent += event.costUsd;
    },
  });
  const answers = await Promise.all(Array.from({ length: 40 }, () => door.ask('POST', MESSAGES, { body: '{}' })));
  const good = answers.filter(({ status }) => status === 200).length;
  // 0.0075 a call: the seventh goes over.
  expect(good).toBe(7);
  expect(spent).toBeLessThan(0.06);
});

test('proxyModel() asks a streamed chat for its usage', async () => {
  const chunk = { model: 'gpt-5', choices: [], usage: { prompt_tokens: 10, completion_tokens: 5 } };
  await using door = await behind((_request, response) => {
    response.setHeader('content-type', 'text/event-stream').end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`);
  });
  const body = '{"n":12345678901234567890,"stream":true}';
  await door.ask('POST', '/model/openai/v1/chat/completions', { body });
  expect(door.seen[0]?.body).toBe(`{"stream_options":{"include_usage":true},${body.slice(1)}`);
  expect(usages(door)[0]).toMatchObject({ provider: 'openai', model: 'gpt-5', inputTokens: 10, outputTokens: 5 });
});

test('proxyModel() refuses an OpenAI request that cannot be metered', async () => {
  await using door = await behind((_request, response) => response.end());
  const answer = await door.ask('POST', '/model/openai/v1/responses', { body: '{"background":true}' });
  expect(answer.status).toBe(400);
  expect(door.seen).toEqual([]);
});

test('proxyModel() does not read ahead for a client that does not read', async () => {
  let written = 0;
  await using door = await behind((_request, response) => {
    response.on('error', () => {});
    const pour = () => {
      while (written < 500 * 1024 * 1024 && response.write(Buffer.alloc(64 * 1024, 'a'))) written += 64 * 1024;
    };
    response.on('drain', pour);
    pour();
  });
  const incoming = await door.start('POST', MESSAGES, {}, '{}');
  incoming.pause();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(written).toBeLessThan(20 * 1024 * 1024);
  incoming.on('error', () => {}).destroy();
});

test('proxyModel() refuses a request that is too long at once', async () => {
  await using door = await behind((_request, response) => response.end());
  const socket = await door.dial();
  socket.write(`POST ${MESSAGES} HTTP/1.1\r\nhost: a\r\ncontent-length: 999999999\r\n\r\n`);
  expect(String((await socket[Symbol.asyncIterator]().next()).value)).toMatch(/^HTTP\/1.1 413 .*request_too_large/s);
});
