import { Readable, Writable } from 'node:stream';
import type {
  AnyMessage,
  ClientConnection,
  ContentBlock,
  InitializeResponse,
  RequestPermissionRequest,
  RequestPermissionResponse,
  SessionNotification,
} from '@agentclientprotocol/sdk';
import type { AgentProcess } from './spawn-agent.ts';

export type AgentConnection = {
  readonly agent: ClientConnection['agent'];
  readonly initialized: InitializeResponse;
  /** Gives the agent a prompt. `onWritten` is called when it is on the agent's standard input. */
  prompt(sessionId: string, prompt: ContentBlock[], onWritten: () => void): Promise<string>;
  close(): void;
};

const INITIALIZE_MS = 60_000;

/** Speaks ACP with an agent's process and greets it. The SDK is loaded by the first agent: an idle supervisor needs none. */
export async function connectAgent(
  process: AgentProcess,
  on: {
    readonly update: (notification: SessionNotification) => void;
    readonly permission: (request: RequestPermissionRequest) => Promise<RequestPermissionResponse>;
  },
  version: string,
): Promise<AgentConnection> {
  const { client, methods, ndJsonStream, PROTOCOL_VERSION } = await import('@agentclientprotocol/sdk');
  const stream = ndJsonStream(
    Writable.toWeb(process.stdin),
    Readable.toWeb(process.stdout) as ReadableStream<Uint8Array>,
  );
  let promptWritten = () => {};
  const connection = client({ name: 'cspace' })
    .onNotification(methods.client.session.update, ({ params }) => on.update(params))
    .onRequest(methods.client.session.requestPermission, ({ params }) => on.permission(params))
    .connect({
      readable: stream.readable,
      writable: tapped(stream.writable, (message) => {
        if ('method' in message && message.method === methods.agent.session.prompt) promptWritten();
      }),
    });
  const { agent } = connection;
  const initialized = await agent.request(
    methods.agent.initialize,
    {
      protocolVersion: PROTOCOL_VERSION,
      clientInfo: { name: 'cspace', title: 'cspace', version },
      // The agent shares the sandbox's files and terminals; it needs none of ours.
      clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
    },
    { cancellationSignal: AbortSignal.timeout(INITIALIZE_MS), stopWaitingOnCancel: true },
  );
  return {
    agent,
    initialized,
    async prompt(sessionId, prompt, onWritten) {
      promptWritten = onWritten;
      const { stopReason } = await agent.request(methods.agent.session.prompt, { sessionId, prompt });
      return stopReason;
    },
    close: () => connection.close(),
  };
}

/** Passes messages on and tells of each once it is written. */
function tapped(into: WritableStream<AnyMessage>, written: (message: AnyMessage) => void): WritableStream<AnyMessage> {
  const writer = into.getWriter();
  return new WritableStream({
    async write(message) {
      await writer.write(message);
      written(message);
    },
    close: () => writer.close(),
    abort: (reason) => writer.abort(reason),
  });
}
