import type { SessionNotification, ToolCallContent } from '@agentclientprotocol/sdk';
import type { SupervisorEvent } from '@cspace/protocol';
import { MAX_SHORT, MAX_TEXT, pieces, shorten } from '../shorten.ts';

/** Small pieces of text are put together for this long before they become an event. */
const COALESCE_MS = 50;

type OpenTool = {
  title: string;
  kind: string;
  input: string | undefined;
  readonly startedAtMs: number;
  told: boolean;
  output: string;
};

/** Turns what an agent says over ACP into events, in its order. */
export type Translator = {
  update(notification: SessionNotification): void;
  /** Tells what is still held back, and closes every open tool as cancelled: the turn has ended. */
  endTurn(): void;
  /** What the agent said went wrong since this was asked last, beside its answer to the prompt. */
  takeFailure(): string | undefined;
  /** The tool that has run longest of those that run now. */
  currentTool(): { readonly name: string; readonly title: string; readonly startedAtMs: number } | null;
};

export function translator(emit: (event: SupervisorEvent) => void, nowMs: () => number): Translator {
  const tools = new Map<string, OpenTool>();
  let text = '';
  let kind: 'message' | 'thought' = 'message';
  let timer: NodeJS.Timeout | undefined;
  let failure: string | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const said = text;
    text = '';
    for (const piece of pieces(said, MAX_TEXT)) emit({ type: 'agent.text', kind, text: piece.toWellFormed() });
  };
  const say = (piece: string, of: typeof kind): void => {
    if (of !== kind) flush();
    kind = of;
    text += piece;
    if (text.length > MAX_TEXT) flush();
    else timer ??= setTimeout(flush, COALESCE_MS);
  };
  const tell = (id: string, tool: OpenTool): void => {
    if (tool.told) return;
    tool.told = true;
    flush();
    emit({
      type: 'tool.started',
      toolCallId: shorten(id, MAX_SHORT),
      kind: tool.kind,
      title: tool.title,
      ...(tool.input === undefined ? {} : { input: tool.input }),
    });
  };
  const end = (id: string, tool: OpenTool, status: 'completed' | 'failed' | 'cancelled'): void => {
    tools.delete(id);
    tell(id, tool);
    flush();
    emit({
      type: 'tool.ended',
      toolCallId: shorten(id, MAX_SHORT),
      status,
      title: tool.title,
      ms: Math.max(0, nowMs() - tool.startedAtMs),
      ...(tool.output === '' ? {} : { output: tool.output }),
    });
  };

  return {
    update({ update }) {
      switch (update.sessionUpdate) {
        case 'agent_message_chunk':
        case 'agent_thought_chunk':
          if (update.content.type === 'text') {
            say(update.content.text, update.sessionUpdate === 'agent_message_chunk' ? 'message' : 'thought');
          }
          return;
        case 'tool_call':
        case 'tool_call_update': {
          const id = update.toolCallId;
          const known = tools.get(id);
          if (known === undefined && update.sessionUpdate === 'tool_call_update') return;
          const tool: OpenTool = known ?? {
            title: 'a tool',
            kind: 'other',
            input: undefined,
            startedAtMs: nowMs(),
            told: false,
            output: '',
          };
          tools.set(id, tool);
          if (update.title) tool.title = shorten(update.title, MAX_SHORT);
          if (update.kind) tool.kind = update.kind;
          if (hasContent(update.rawInput)) tool.input = shorten(asText(update.rawInput), MAX_TEXT);
          const output = outputOf(update.content, update.rawOutput);
          if (output !== '') tool.output = shorten(output, MAX_TEXT);
          if (update.status === 'completed' || update.status === 'failed') end(id, tool, update.status);
          else if (tool.input !== undefined || update.status === 'in_progress') tell(id, tool);
          return;
        }
        case 'plan':
          flush();
          emit({
            type: 'plan',
            entries: update.entries
              .slice(0, 200)
              .map(({ content, status }) => ({ text: shorten(content, MAX_SHORT), status })),
          });
          return;
        case 'session_info_update':
          failure ??= codexFailure(update._meta);
          return;
        default:
          return;
      }
    },
    takeFailure() {
      const taken = failure;
      failure = undefined;
      return taken;
    },
    endTurn() {
      for (const [id, tool] of [...tools]) end(id, tool, 'cancelled');
      flush();
    },
    currentTool() {
      const [first] = [...tools.values()].filter((tool) => tool.told);
      return first === undefined ? null : { name: first.kind, title: first.title, startedAtMs: first.startedAtMs };
    },
  };
}

function hasContent(input: unknown): boolean {
  return input != null && (typeof input !== 'object' || Object.keys(input).length > 0);
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function outputOf(content: readonly ToolCallContent[] | null | undefined, rawOutput: unknown): string {
  const texts = (content ?? []).flatMap((each) => {
    if (each.type === 'content') return each.content.type === 'text' ? [each.content.text] : [];
    if (each.type === 'diff') return [`${each.path}\n`];
    return [];
  });
  if (texts.length > 0) return texts.join('');
  return rawOutput == null ? '' : asText(rawOutput);
}

/** Codex answers a turn that failed as one that ended; that its thread is in error is only said beside it. */
function codexFailure(meta: Readonly<Record<string, unknown>> | null | undefined): string | undefined {
  const codex = meta?.codex as { threadStatus?: { type?: unknown } } | undefined;
  return codex?.threadStatus?.type === 'systemError' ? 'Codex reported an error of its model or of itself' : undefined;
}
