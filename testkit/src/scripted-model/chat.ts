import { asArray, asObject, asString, type Json } from './json.ts';
import {
  type Answer,
  type ModelRequest,
  type OfferedTool,
  type Protocol,
  pieces,
  type StreamEvent,
} from './protocol.ts';
import { spokenText } from './spoken-text.ts';

/** OpenAI Chat Completions, and whatever speaks it. */
export const chat: Protocol = {
  name: 'chat',
  path: '/chat/completions',
  read,
  stream,
  whole: (answer) => ({
    ...envelope(answer, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: answer.text ?? null, ...toolCalls(answer) },
        finish_reason: finishReason(answer),
      },
    ],
    usage: usage(answer),
  }),
  error: (status, type, text) => ({
    error: {
      message: text,
      type: type ?? (status === 429 ? 'rate_limit_error' : 'server_error'),
      param: null,
      code: null,
    },
  }),
};

function read(body: unknown): ModelRequest {
  const request = asObject(body);
  const messages = asArray(request.messages).map(asObject);
  const spokenAt = messages.findLastIndex((each) => each.role === 'user' && spokenText(texts(each)) !== '');
  const answered = (from: number) => messages.slice(from).filter((each) => each.role === 'assistant').length;
  const tools = asArray(request.tools).map((tool) => offeredTool(asObject(asObject(tool).function)));
  return {
    model: asString(request.model),
    stream: request.stream === true,
    tools,
    lastUserText: spokenText(texts(messages[spokenAt] ?? {})),
    answers: { inConversation: answered(0), inTurn: answered(spokenAt + 1) },
    side: tools.length === 0 && messages.some((each) => each.role === 'system' || each.role === 'developer'),
    usageWanted: asObject(request.stream_options).include_usage === true,
  };
}

function texts(message: Json): string[] {
  if (typeof message.content === 'string') return [message.content];
  return asArray(message.content).map((part) => asString(asObject(part).text));
}

function offeredTool(tool: Json): OfferedTool {
  const schema = asObject(tool.parameters);
  return {
    name: asString(tool.name),
    freeForm: false,
    properties: asObject(schema.properties) as OfferedTool['properties'],
    required: asArray(schema.required).map(asString),
  };
}

function finishReason(answer: Answer): string {
  return answer.calls.length > 0 ? 'tool_calls' : 'stop';
}

function usage(answer: Answer): Json {
  const { inputTokens, outputTokens, cacheReadTokens } = answer.usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cacheReadTokens },
  };
}

function envelope(answer: Answer, object: string): Json {
  return { id: answer.id, object, created: answer.createdAtSeconds, model: answer.model };
}

function toolCalls(answer: Answer): Json {
  if (answer.calls.length === 0) return {};
  return {
    tool_calls: answer.calls.map(({ id, name, input }) => ({
      id,
      type: 'function',
      function: { name, arguments: JSON.stringify(input) },
    })),
  };
}

function stream(answer: Answer, request: ModelRequest): StreamEvent[] {
  const base = envelope(answer, 'chat.completion.chunk');
  const chunk = (delta: Json, finish_reason: string | null = null) => ({
    ...base,
    choices: [{ index: 0, delta, finish_reason }],
  });
  const size = answer.chunkChars;
  const events: Json[] = [
    chunk({ role: 'assistant', content: '' }),
    ...pieces(answer.thinking ?? '', size).map((reasoning_content) => chunk({ reasoning_content })),
    ...pieces(answer.text ?? '', size).map((content) => chunk({ content })),
    ...answer.calls.flatMap(({ id, name, input }, index) => [
      chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
      ...pieces(JSON.stringify(input), size).map((part) =>
        chunk({ tool_calls: [{ index, function: { arguments: part } }] }),
      ),
    ]),
    chunk({}, finishReason(answer)),
    ...(request.usageWanted ? [{ ...base, choices: [], usage: usage(answer) }] : []),
  ];
  return [...events.map((event) => ({ data: JSON.stringify(event) })), { data: '[DONE]' }];
}
