import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type {
  RequestPermissionRequest,
  RequestPermissionResponse,
  SessionNotification,
} from '@agentclientprotocol/sdk';
import { Fault } from '@cspace/domain';
import type { AgentStart } from '@cspace/protocol';
import { type AgentConnection, connectAgent } from './connect-agent.ts';
import { descendants } from './descendants.ts';
import { errorText } from './error-text.ts';
import { type Conversation, canResume, openConversation } from './open-conversation.ts';
import { type AgentEnd, type AgentProcess, describeEnd, spawnAgent } from './spawn-agent.ts';

/** An extension of ACP: text for the turn that runs. Agents that have it say so in `initialize`'s `_meta.steering`. */
const STEER = '_session/steering';

/** An agent with a conversation open. */
export type OpenAgent = {
  readonly conversation: Conversation;
  readonly canSteer: boolean;
  readonly canResume: boolean;
  /** Resolves with ACP's stop reason. Rejects with the agent's error, or when its process ends. */
  prompt(text: string, onWritten: () => void): Promise<string>;
  /** Whether the text went into the turn that runs. */
  steer(text: string): Promise<boolean>;
  cancel(): Promise<void>;
  /** The processes it has now. */
  processes(): ReadonlySet<number>;
  readonly ended: Promise<AgentEnd>;
  end(graceMs: number): void;
};

/** An agent that has been greeted: started while the clone is still being made. */
export type GreetedAgent = { readonly process: AgentProcess; readonly connection: AgentConnection };

/** Starts an agent's program and greets it. A Fault says how it ended when it does. */
export async function greetAgent(
  start: AgentStart,
  at: { readonly cwd: string; readonly env: Record<string, string>; readonly version: string },
  on: {
    readonly update: (notification: SessionNotification) => void;
    readonly permission: (request: RequestPermissionRequest) => Promise<RequestPermissionResponse>;
  },
): Promise<GreetedAgent> {
  for (const [path, text] of Object.entries(start.files ?? {})) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const process = spawnAgent(start.command, { cwd: at.cwd, env: { ...at.env, ...start.env } });
  const connection = await orEnded(process, connectAgent(process, on, at.version)).catch((error: unknown) => {
    process.end(0);
    throw new Fault('failed', `Cannot start agent ${start.name}: ${errorText(error)}`, { cause: error });
  });
  return { process, connection };
}

/** Opens the conversation of an agent that was greeted. */
export async function openAgent(
  { process, connection }: GreetedAgent,
  start: AgentStart,
  at: { readonly cwd: string; readonly conversationId: string | undefined },
): Promise<OpenAgent> {
  const conversation = await orEnded(process, openConversation(connection, start, at)).catch((error: unknown) => {
    process.end(0);
    throw new Fault('failed', `Cannot start agent ${start.name}: ${errorText(error)}`, { cause: error });
  });
  const sessionId = conversation.id;
  const steering = connection.initialized._meta?.steering as { supported?: unknown } | undefined;
  return {
    conversation,
    canSteer: steering?.supported === true,
    canResume: canResume(connection),
    prompt: (text, onWritten) => orEnded(process, connection.prompt(sessionId, [{ type: 'text', text }], onWritten)),
    async steer(text) {
      const answer = await orEnded(
        process,
        connection.agent.request<{ outcome?: string }, unknown>(STEER, {
          sessionId,
          prompt: [{ type: 'text', text }],
          _meta: { steering: { idleBehavior: 'promptRequired' } },
        }),
      );
      return answer.outcome !== 'promptRequired';
    },
    cancel: () => connection.agent.notify('session/cancel', { sessionId }),
    processes: () => (process.pid === undefined ? new Set() : descendants(process.pid)),
    ended: process.ended,
    end(graceMs) {
      connection.close();
      process.end(graceMs);
    },
  };
}

/** What was asked for, or a rejection that says how the agent's process ended. */
function orEnded<T>(process: AgentProcess, asked: Promise<T>): Promise<T> {
  return Promise.race([
    asked,
    process.ended.then((end) => {
      throw new Error(describeEnd(end));
    }),
  ]);
}
