import { randomUUID } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { agent, ndJsonStream, PROTOCOL_VERSION, RequestError, type SessionUpdate } from '@agentclientprotocol/sdk';
import { runScript } from './run-script.ts';

/**
 * An agent without a model: it runs its prompt as a bash script and speaks ACP like any other. It does not resume: a script
 * that was cut off is not run again.
 */
const MAX_TITLE = 120;
const directories = new Map<string, string>();
const running = new Map<string, AbortController>();

/** An error of ours, in the range JSON-RPC leaves to implementations. */
const SCRIPT_FAILED = -32_000;

agent({ name: 'cspace-shell' })
  .onRequest('initialize', () => ({
    protocolVersion: PROTOCOL_VERSION,
    agentInfo: { name: 'cspace-shell', title: 'Shell', version: '1' },
    agentCapabilities: { loadSession: false },
    authMethods: [],
  }))
  .onRequest('session/new', ({ params }) => {
    const sessionId = randomUUID();
    directories.set(sessionId, params.cwd);
    return { sessionId };
  })
  .onRequest('session/prompt', async ({ params, client }) => {
    const { sessionId } = params;
    const script = params.prompt.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('');
    const cancelled = new AbortController();
    running.set(sessionId, cancelled);
    const toolCallId = randomUUID();
    const title = script.trimStart().split('\n', 1)[0]?.slice(0, MAX_TITLE) || 'an empty script';
    const tell = (update: SessionUpdate) => client.notify('session/update', { sessionId, update });
    await tell({
      sessionUpdate: 'tool_call',
      toolCallId,
      title,
      kind: 'execute',
      status: 'in_progress',
      rawInput: { command: script },
    });
    let telling: Promise<unknown> = Promise.resolve();
    const output = (text: string) => {
      telling = telling.then(() => tell({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } }));
    };
    const end = await runScript(script, directories.get(sessionId) ?? process.cwd(), output, cancelled.signal);
    running.delete(sessionId);
    await telling;
    const ok = end.kind === 'exited' && end.exitCode === 0;
    await tell({ sessionUpdate: 'tool_call_update', toolCallId, status: ok ? 'completed' : 'failed' });
    if (end.kind === 'cancelled') return { stopReason: 'cancelled' };
    if (ok) return { stopReason: 'end_turn' };
    const how = end.kind === 'exited' ? `exited with code ${end.exitCode}` : `was ended by ${end.signal}`;
    throw new RequestError(SCRIPT_FAILED, `the script ${how}`);
  })
  .onNotification('session/cancel', ({ params }) => running.get(params.sessionId)?.abort())
  .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>));
