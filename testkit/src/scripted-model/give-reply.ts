import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { callWith } from './call-with.ts';
import type { Gate } from './gate.ts';
import type { Answer, ModelRequest, Protocol, StreamEvent } from './protocol.ts';
import { callsOf, type Reply } from './scenario.ts';

/** Sends one reply of the scenario as an answer of `protocol`. Rejects when the client is gone (`signal`). */
export async function giveReply(
  reply: Reply,
  request: ModelRequest,
  protocol: Protocol,
  workingDirectory: string,
  out: ServerResponse,
  gate: Gate,
  signal: AbortSignal,
): Promise<void> {
  if (reply.delayMs > 0) await sleep(reply.delayMs, undefined, { signal });
  if (reply.hold === 'start') await gate.pass(signal);
  if (reply.cutAfterEvents === 0) {
    out.destroy();
    return;
  }
  if (reply.fail !== undefined) {
    const { status, type, message = 'as scripted', retryAfterSeconds, shouldRetry } = reply.fail;
    sendJson(out, status, protocol.error(status, type, message), {
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      ...(shouldRetry === undefined ? {} : { 'x-should-retry': String(shouldRetry) }),
    });
    return;
  }
  const answer = answerOf(reply, request, workingDirectory);
  if (request.stream) {
    await sendStream(protocol.stream(answer, request), reply, out, gate, signal);
    return;
  }
  if (reply.hold === 'middle') await gate.pass(signal);
  if (reply.badJson) out.writeHead(200, { 'content-type': 'application/json' }).end('{"id": "cut');
  else sendJson(out, 200, protocol.whole(answer));
}

/** A whole JSON body. */
export function sendJson(
  out: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  out.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_scripted', ...headers });
  out.end(JSON.stringify(body));
}

function answerOf(reply: Reply, request: ModelRequest, workingDirectory: string): Answer {
  const calls = callsOf(reply).map((call) => ({
    id: `toolu_${randomBytes(9).toString('hex')}`,
    ...callWith(call, request.tools, workingDirectory),
  }));
  return {
    id: `msg_${randomBytes(9).toString('hex')}`,
    model: request.model,
    createdAtSeconds: Math.floor(Date.now() / 1000),
    thinking: reply.thinking,
    text: reply.text ?? (calls.length === 0 && reply.thinking === undefined ? '' : undefined),
    calls,
    usage: reply.usage,
    chunkChars: reply.chunkChars,
  };
}

async function sendStream(
  events: readonly StreamEvent[],
  reply: Reply,
  out: ServerResponse,
  gate: Gate,
  signal: AbortSignal,
): Promise<void> {
  out.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'request-id': 'req_scripted',
  });
  out.flushHeaders();
  const middle = Math.floor(events.length / 2);
  for (const [at, event] of events.entries()) {
    if (at === reply.cutAfterEvents) {
      out.destroy();
      return;
    }
    if (at === middle && reply.hold === 'middle') await gate.pass(signal);
    if (at > 0 && reply.everyMs > 0) await sleep(reply.everyMs, undefined, { signal });
    const name = event.event === undefined ? '' : `event: ${event.event}\n`;
    const data = at === middle && reply.badJson ? event.data.slice(0, event.data.length / 2) : event.data;
    await write(out, `${name}data: ${data}\n\n`, reply.writeBytes, signal);
  }
  out.end();
}

async function write(out: ServerResponse, text: string, size: number | undefined, signal: AbortSignal): Promise<void> {
  const bytes = Buffer.from(text);
  const step = size ?? bytes.length;
  for (let at = 0; at < bytes.length; at += step) {
    signal.throwIfAborted();
    if (!out.write(bytes.subarray(at, at + step))) await once(out, 'drain', { signal });
    if (size !== undefined) await new Promise(setImmediate);
  }
}
