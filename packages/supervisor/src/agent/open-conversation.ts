import type { McpServer, NewSessionRequest, SessionConfigOption } from '@agentclientprotocol/sdk';
import type { AgentStart } from '@cspace/protocol';
import { choiceOf } from './choice-of.ts';
import type { AgentConnection } from './connect-agent.ts';
import { errorText } from './error-text.ts';

export type Conversation = {
  readonly id: string;
  readonly resumed: boolean;
  readonly model: string | undefined;
  /** The instructions that could not be put into the system prompt: they go before the first prompt. */
  readonly preface: string | undefined;
  /** What did not work out as asked, as sentences. */
  readonly remarks: readonly string[];
};

const OPEN_MS = 120_000;

/** Whether a conversation of this agent can be taken up again. */
export function canResume({ initialized: { agentCapabilities } }: AgentConnection): boolean {
  return agentCapabilities?.loadSession === true || agentCapabilities?.sessionCapabilities?.resume != null;
}

/** Takes up the conversation if that can be, else begins one. Its model and effort are in the agent's own environment. */
export async function openConversation(
  connection: AgentConnection,
  start: AgentStart,
  at: { readonly cwd: string; readonly conversationId: string | undefined },
): Promise<Conversation> {
  const remarks: string[] = [];
  const hasSystemPrompt = offersSystemPrompt(connection) || offersClaudeMeta(connection);
  const request = sessionRequest(connection, start, at.cwd);
  const resumed =
    at.conversationId === undefined || !canResume(connection)
      ? undefined
      : await resume(connection, { ...request, sessionId: at.conversationId }).catch((error: unknown) => {
          remarks.push(`The conversation could not be resumed and begins anew: ${errorText(error)}`);
          return undefined;
        });
  const opened = resumed ?? (await begin(connection, request));
  return {
    id: opened.id,
    resumed: resumed !== undefined,
    model: start.model ?? choiceOf(opened.configOptions, 'model')?.current,
    preface: resumed === undefined && !hasSystemPrompt && start.prompt !== '' ? start.prompt : undefined,
    remarks,
  };
}

type Opened = { readonly id: string; readonly configOptions: readonly SessionConfigOption[] | null | undefined };

async function begin(connection: AgentConnection, request: NewSessionRequest): Promise<Opened> {
  const response = await connection.agent.request('session/new', request, patience());
  return { id: response.sessionId, configOptions: response.configOptions };
}

async function resume(
  connection: AgentConnection,
  request: NewSessionRequest & { sessionId: string },
): Promise<Opened> {
  // Resuming does not repeat what was said; loading does, and that is not said again here.
  const resumes = connection.initialized.agentCapabilities?.sessionCapabilities?.resume != null;
  const response = resumes
    ? await connection.agent.request('session/resume', request, patience())
    : await connection.agent.request('session/load', request, patience());
  return { id: request.sessionId, configOptions: response.configOptions };
}

function sessionRequest(connection: AgentConnection, start: AgentStart, cwd: string): NewSessionRequest {
  const mcpServers = Object.entries(start.mcpServers).map(
    ([name, { command, args, env }]): McpServer => ({
      name,
      command,
      args: [...args],
      env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
    }),
  );
  const request: NewSessionRequest & { systemPrompt?: unknown } = { cwd, mcpServers };
  const meta: Record<string, unknown> = { ...start.sessionMeta };
  if (start.prompt !== '') {
    if (offersSystemPrompt(connection)) {
      request.systemPrompt = { mode: 'append', content: [{ type: 'text', text: start.prompt }] };
    } else if (offersClaudeMeta(connection)) meta.systemPrompt = { append: start.prompt };
  }
  return Object.keys(meta).length > 0 ? { ...request, _meta: meta } : request;
}

/** A system prompt is a capability of ACP that its stable schema does not name yet. */
function offersSystemPrompt({ initialized }: AgentConnection): boolean {
  const capabilities = initialized.agentCapabilities?.sessionCapabilities;
  return capabilities != null && (capabilities as { systemPrompt?: unknown }).systemPrompt != null;
}

function offersClaudeMeta({ initialized }: AgentConnection): boolean {
  return initialized.agentCapabilities?._meta?.claudeCode !== undefined;
}

function patience() {
  return { cancellationSignal: AbortSignal.timeout(OPEN_MS), stopWaitingOnCancel: true };
}
