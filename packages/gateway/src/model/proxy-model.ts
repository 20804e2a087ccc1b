import type { IncomingMessage, ServerResponse } from 'node:http';
import { NO_USAGE, type Parsed } from '@cspace/domain';
import type { Gate } from '../gate.ts';
import type { ModelCredential } from '../ports.ts';
import { bodyCheck, type CheckedBody } from './body-check.ts';
import { answerModelError, type ModelError } from './model-error.ts';
import { type BilledCall, type ModelRoute, modelRoute, providerOf } from './model-route.ts';
import { passAnswer } from './pass-answer.ts';
import { sendUpstream } from './send-upstream.ts';
import { usageEvent } from './usage-event.ts';
import { usageReader } from './usage-reader.ts';

/** The longest request, in bytes. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

const LOGIN = { anthropic: 'claude', openai: 'codex' } as const;

/** Serves a model call: only known ones, within the budget, with the real credential, its usage read from the answer. */
export async function proxyModel(gate: Gate, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const provider = providerOf(request.url ?? '');
  const fail = (kind: ModelError, message: string) => answerModelError(request, response, provider, kind, message);
  const route = modelRoute(request.method ?? '', request.url ?? '');
  if (route === undefined)
    return fail('unknown-path', 'Cannot ask this of the model provider: the gateway does not pass it on');
  const credential = gate.ports.credential(provider);
  if (credential === undefined) {
    return fail('no-key', `Cannot reach the model: no key: run \`cspace agents login ${LOGIN[provider]}\``);
  }
  const length = lengthOf(request);
  if (typeof length === 'number' && length > MAX_BODY_BYTES)
    return fail('too-large', 'Cannot take the request: it is too long');
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const call: Call = { gate, request, response, route, credential, gone: gone.signal, fail };
  if (route.billed === undefined) return exchange(call, undefined);

  const admitted = await gate.model.admission.enter(typeof length === 'number' ? length : 0, gone.signal);
  if (admitted === 'gone') return;
  if (admitted === 'refuse') return refuseForBudget(call);
  using _running = admitted;
  // Awaited, so that the call counts as running until its cost is recorded.
  if (provider === 'anthropic') return await exchange(call, undefined);
  using held = gate.model.hold(typeof length === 'number' ? length : MAX_BODY_BYTES);
  if (held === undefined) return fail('busy', 'Cannot take the request: too many are under way');
  const body = await readBody(request, route.billed);
  if (!body.ok) return fail('invalid', `Cannot pass the request on: ${body.why}`);
  await exchange(call, body.value);
}

type Call = {
  readonly gate: Gate;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: ModelRoute;
  readonly credential: ModelCredential;
  readonly gone: AbortSignal;
  readonly fail: (kind: ModelError, message: string) => void;
};

/** Sends the request, `body` in place of its own where given, passes the answer on and records what it cost. */
async function exchange(call: Call, body: CheckedBody | undefined): Promise<void> {
  const { gate, request, response, route, credential, gone, fail } = call;
  const upstream = sendUpstream(gate, route.provider, credential, {
    method: request.method ?? '',
    path: route.path,
    rawHeaders: request.rawHeaders,
    length: body === undefined ? lengthOf(request) : body.bytes.byteLength,
  });
  if (upstream === undefined) return fail('unreachable', 'Cannot reach the model provider: its base URL is not a URL');
  const cancel = () => upstream.request.destroy();
  gone.addEventListener('abort', cancel, { once: true });
  if (gone.aborted) cancel();
  const sent = body === undefined ? passBody(request, upstream.request) : sentBody(body);
  if (body !== undefined) upstream.request.end(body.bytes);

  const incoming = await upstream.answered;
  if ('why' in incoming) {
    // Who leaves before the answer has asked for it all the same.
    if (gone.aborted && upstream.request.writableFinished && route.billed !== undefined) {
      gate.record(usageEvent(route.provider, sent.model(), sent.bytes(), NOTHING_READ));
    }
    return fail('unreachable', `Cannot reach the model provider: ${incoming.why}`);
  }
  const good = (incoming.statusCode ?? 500) < 300;
  const reader =
    good && route.billed !== undefined ? usageReader(route.billed, incoming.headers['content-type']) : undefined;
  try {
    await passAnswer(incoming, response, secretOf(credential), (chunk) => reader?.push(chunk));
  } finally {
    if (reader !== undefined) gate.record(usageEvent(route.provider, sent.model(), sent.bytes(), reader.end()));
  }
}

const NOTHING_READ = { model: undefined, usage: NO_USAGE, inputSaid: false, outputSaid: true, outputSeen: 0 };

type SentBody = { model(): string | undefined; bytes(): number };

function sentBody({ model, bytes }: CheckedBody): SentBody {
  return { model: () => model, bytes: () => bytes.byteLength };
}

/** Passes the body on as it comes, and looks for the model's name at its beginning. */
function passBody(request: IncomingMessage, upstream: NodeJS.WritableStream & { destroy(): void }): SentBody {
  let bytes = 0;
  let beginning = '';
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (beginning.length < 4096) beginning += chunk.toString('latin1', 0, 4096);
    if (bytes > MAX_BODY_BYTES) upstream.destroy();
  });
  request.pipe(upstream);
  return { bytes: () => bytes, model: () => /"model"\s*:\s*"([^"\\]{1,200})"/.exec(beginning)?.[1] };
}

async function readBody(request: IncomingMessage, billed: BilledCall): Promise<Parsed<CheckedBody>> {
  if (request.headers['content-encoding'] !== undefined) return { ok: false, why: 'its body is packed' };
  const check = bodyCheck(billed);
  let bytes = 0;
  for await (const part of request) {
    bytes += (part as Buffer).byteLength;
    if (bytes > MAX_BODY_BYTES) return { ok: false, why: 'it is too long' };
    check.push(part as Buffer);
  }
  return check.end();
}

function refuseForBudget({ gate, fail }: Call): void {
  const text = 'The budget of this session is spent';
  if (gate.model.isBudgetNews(gate.clock())) gate.record({ type: 'limit.hit', limit: 'budget', text });
  fail('budget', `Cannot call the model: the budget of this session is spent; stop here, as trying again cannot help`);
}

function lengthOf(request: IncomingMessage): number | 'chunked' | undefined {
  if (request.headers['transfer-encoding'] !== undefined) return 'chunked';
  const length = request.headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

/** The secret itself, without the scheme before it. */
function secretOf({ value }: ModelCredential): string {
  return value.replace(/^\S+\s+/, '');
}
