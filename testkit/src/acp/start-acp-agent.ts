import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import {
  client,
  type InitializeResponse,
  methods,
  type NewSessionResponse,
  ndJsonStream,
  PROTOCOL_VERSION,
  type PromptResponse,
  type RequestPermissionRequest,
  type RequestPermissionResponse,
  type SessionUpdate,
} from '@agentclientprotocol/sdk';

/** An agent that runs as a child process and is spoken to over ACP on its standard input and output. */
export interface AcpAgent extends AsyncDisposable {
  readonly pid: number;
  readonly initialized: InitializeResponse;
  /** Every update so far, of all sessions. */
  readonly updates: readonly SessionUpdate[];
  /** Every permission it asked for. They are granted, once. */
  readonly permissions: readonly RequestPermissionRequest[];
  /** What it wrote on its standard error. */
  stderr(): string;
  newSession(params?: Record<string, unknown>): Promise<NewSessionResponse>;
  prompt(sessionId: string, text: string): Promise<PromptResponse>;
  cancel(sessionId: string): Promise<void>;
  /** Any other request. */
  request<Response>(method: string, params: unknown): Promise<Response>;
  /** The first update, past or to come, that `fits`. */
  waitFor(fits: (update: SessionUpdate) => boolean, signal: AbortSignal): Promise<SessionUpdate>;
  /** The text of the message pieces since update number `from`. */
  text(from?: number): string;
}

/** Starts an agent and says hello. `env` is all it gets, so that nothing of the machine's leaks in. */
export async function startAcpAgent(start: {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}): Promise<AcpAgent> {
  const [program = '', ...argv] = start.command;
  const child = spawn(program, argv, { cwd: start.cwd, env: start.env, stdio: 'pipe', detached: true });
  const errors: Buffer[] = [];
  child.stderr.on('data', (data: Buffer) => errors.push(data));
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));

  const updates: SessionUpdate[] = [];
  const watchers = new Set<(update: SessionUpdate) => void>();
  const permissions: RequestPermissionRequest[] = [];
  const connection = client({ name: 'cspace-testkit' })
    .onNotification(methods.client.session.update, ({ params }) => {
      updates.push(params.update);
      for (const watch of watchers) watch(params.update);
    })
    .onRequest(methods.client.session.requestPermission, ({ params }) => {
      permissions.push(params);
      return granted(params);
    })
    .connect(
      ndJsonStream(
        Writable.toWeb(child.stdin) as WritableStream<Uint8Array>,
        Readable.toWeb(child.stdout) as ReadableStream<Uint8Array>,
      ),
    );
  await once(child, 'spawn');
  const initialized: InitializeResponse = await connection.agent.request(methods.agent.initialize, {
    protocolVersion: PROTOCOL_VERSION,
    clientCapabilities: {},
    clientInfo: { name: 'cspace-testkit', version: '0' },
  });

  return {
    pid: child.pid ?? 0,
    initialized,
    updates,
    permissions,
    stderr: () => Buffer.concat(errors).toString(),
    newSession: (params = {}) =>
      connection.agent.request(methods.agent.session.new, { cwd: start.cwd, mcpServers: [], ...params }),
    prompt: (sessionId, text) =>
      connection.agent.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: 'text', text }] }),
    cancel: (sessionId) => connection.agent.notify(methods.agent.session.cancel, { sessionId }),
    request: (method, params) => connection.agent.request(method, params),
    waitFor(fits, signal) {
      const past = updates.find(fits);
      if (past !== undefined) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const watch = (update: SessionUpdate) => {
          if (!fits(update)) return;
          watchers.delete(watch);
          resolve(update);
        };
        watchers.add(watch);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    },
    text: (from = 0) =>
      updates
        .slice(from)
        .map((update) =>
          update.sessionUpdate === 'agent_message_chunk' && update.content.type === 'text' ? update.content.text : '',
        )
        .join(''),
    async [Symbol.asyncDispose]() {
      connection.close();
      child.stdin.end();
      const force = setTimeout(() => kill(child.pid), 3000);
      await exited;
      clearTimeout(force);
      kill(child.pid);
    },
  };
}

function granted(asked: RequestPermissionRequest): RequestPermissionResponse {
  const option = asked.options.find(({ kind }) => kind === 'allow_once') ?? asked.options[0];
  if (option === undefined) return { outcome: { outcome: 'cancelled' } };
  return { outcome: { outcome: 'selected', optionId: option.optionId } };
}

/** The agent and what it has started: a process group of its own. */
function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}
