import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { anthropic } from './anthropic.ts';
import { chat } from './chat.ts';
import { gate } from './gate.ts';
import { giveReply, sendJson } from './give-reply.ts';
import { asObject } from './json.ts';
import { listModels } from './list-models.ts';
import type { ModelRequest, Protocol } from './protocol.ts';
import { keyOf, type RecordedRequest } from './recorded-request.ts';
import { responses } from './responses.ts';
import { Scenario, type ScenarioInput } from './scenario.ts';
import { type From, script } from './script.ts';
import { workingDirectoryOf } from './working-directory-of.ts';

const PROTOCOLS: readonly Protocol[] = [anthropic, responses, chat];

export interface ScriptedModel extends AsyncDisposable {
  /** Without a path: `http://127.0.0.1:PORT`. OpenAI clients want `/v1` behind it. */
  readonly url: string;
  /** Every request so far, whatever it asked for. */
  readonly requests: readonly RecordedRequest[];
  /** The requests of conversations: those that the scenario's list is for. */
  conversation(): readonly RecordedRequest[];
  /** Lets one held reply go on; kept for the next one when none is held. */
  release(): void;
  /** Resolves once a reply is held. Give a signal with a time limit. */
  held(signal: AbortSignal): Promise<void>;
  /** The first request, past or to come, that `fits`. */
  waitFor(fits: (request: RecordedRequest) => boolean, signal: AbortSignal): Promise<RecordedRequest>;
}

/** Starts a model endpoint on loopback that says what the scenario says. Port 0, the default, takes a free one. */
export async function startScriptedModel(
  input: ScenarioInput,
  options: { port?: number } = {},
): Promise<ScriptedModel> {
  const scenario = Scenario.parse(input);
  const walk = script(scenario);
  const holding = gate();
  const requests: RecordedRequest[] = [];
  const watchers = new Set<(request: RecordedRequest) => void>();
  const ended = new AbortController();

  const server = createServer((incoming, out) => {
    answer(incoming, out).catch((error: unknown) => {
      if (out.headersSent || out.destroyed) out.destroy();
      else sendJson(out, 500, { error: { type: 'scenario_error', message: `scripted model: ${String(error)}` } });
    });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    conversation: () => requests.filter(({ asked }) => asked !== undefined && !asked.side),
    release: () => holding.release(),
    held: (signal) => holding.arrival(signal),
    waitFor(fits, signal) {
      const past = requests.find(fits);
      if (past !== undefined) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const watch = (request: RecordedRequest) => {
          if (fits(request)) done(() => resolve(request));
        };
        const abort = () => done(() => reject(signal.reason));
        const done = (end: () => void) => {
          watchers.delete(watch);
          signal.removeEventListener('abort', abort);
          end();
        };
        watchers.add(watch);
        signal.addEventListener('abort', abort, { once: true });
      });
    },
    async [Symbol.asyncDispose]() {
      ended.abort(new Error('the scripted model has ended'));
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function answer(incoming: IncomingMessage, out: ServerResponse): Promise<void> {
    const gone = new AbortController();
    out.on('close', () => gone.abort(new Error('the client has gone')));
    const body = await buffer(incoming);
    const path = new URL(incoming.url ?? '/', 'http://localhost').pathname;
    const json = parsed(body);
    const protocol = PROTOCOLS.find((each) => incoming.method === 'POST' && path.endsWith(each.path));

    if (protocol === undefined || json === undefined) {
      record(incoming, body, json);
      answerOther(incoming, path, json, out);
      return;
    }
    const asked = protocol.read(json);
    const { reply, from } = walk.next(asked);
    record(incoming, body, json, { ...asked, protocol: protocol.name }, from);
    const signal = AbortSignal.any([gone.signal, ended.signal]);
    await giveReply(reply, asked, protocol, workingDirectoryOf(body.toString()), out, holding, signal);
  }

  function record(
    incoming: IncomingMessage,
    body: Buffer,
    json: unknown,
    asked?: ModelRequest & { protocol: string },
    from?: From,
  ): void {
    const request: RecordedRequest = {
      number: requests.length + 1,
      atMs: Date.now(),
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body,
      json,
      key: keyOf(incoming.headers),
      ...(asked === undefined ? {} : { asked }),
      ...(from === undefined ? {} : { from }),
    };
    requests.push(request);
    for (const watch of watchers) watch(request);
  }

  /** What is asked beside answers of a model, and the two verbs for by-hand use. */
  function answerOther(incoming: IncomingMessage, path: string, json: unknown, out: ServerResponse): void {
    if (path === '/scripted/release') {
      holding.release();
      sendJson(out, 200, { waiting: holding.waiting });
    } else if (path === '/scripted/requests') {
      sendJson(
        out,
        200,
        requests.map(({ body, ...rest }) => ({ ...rest, body: body.toString() })),
      );
    } else if (path.endsWith('/messages/count_tokens')) {
      sendJson(out, 200, { input_tokens: Math.ceil(JSON.stringify(asObject(json).messages ?? '').length / 4) });
    } else if (path.endsWith('/models') && incoming.method === 'GET') {
      sendJson(out, 200, listModels(incoming.headers));
    } else {
      sendJson(out, 404, { type: 'error', error: { type: 'not_found_error', message: `nothing at ${path}` } });
    }
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
