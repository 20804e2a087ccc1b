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

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

/** Anthropic Messages, as documented at docs.claude.com/en/api/messages-streaming. */
export const anthropic: Protocol = {
  name: 'anthropic',
  path: '/messages',
  read,
  stream,
  whole: (answer) => ({ ...message(answer), content: blocks(answer), stop_reason: stopReason(answer) }),
  error: (status, type, text) => ({
    type: 'error',
    error: { type: type ?? ERROR_TYPES[status] ?? 'api_error', message: text },
    request_id: 'req_scripted',
  }),
};

function read(body: unknown): ModelRequest {
  const request = asObject(body);
  const messages = asArray(request.messages).map(asObject);
  const spokenAt = messages.findLastIndex((each) => each.role === 'user' && spokenText(texts(each)) !== '');
  const answered = (from: number) => messages.slice(from).filter((each) => each.role === 'assistant').length;
  const tools = asArray(request.tools).map(asObject).map(offeredTool);
  return {
    model: asString(request.model),
    stream: request.stream === true,
    tools,
    lastUserText: spokenText(texts(messages[spokenAt] ?? {})),
    answers: { inConversation: answered(0), inTurn: answered(spokenAt + 1) },
    side: request.max_tokens === 1 || (tools.length === 0 && request.system !== undefined),
    usageWanted: true,
  };
}

function texts(message: Json): string[] {
  if (typeof message.content === 'string') return [message.content];
  return asArray(message.content)
    .map(asObject)
    .filter((block) => block.type === 'text')
    .map((block) => asString(block.text));
}

function offeredTool(tool: Json): OfferedTool {
  const schema = asObject(tool.input_schema);
  return {
    name: asString(tool.name),
    freeForm: false,
    properties: asObject(schema.properties) as OfferedTool['properties'],
    required: asArray(schema.required).map(asString),
  };
}

function stopReason(answer: Answer): string {
  return answer.calls.length > 0 ? 'tool_use' : 'end_turn';
}

function message(answer: Answer): Json {
  return {
    id: answer.id,
    type: 'message',
    role: 'assistant',
    model: answer.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: {
      input_tokens: answer.usage.inputTokens,
      cache_creation_input_tokens: answer.usage.cacheWriteTokens,
      cache_read_input_tokens: answer.usage.cacheReadTokens,
      output_tokens: answer.usage.outputTokens,
      service_tier: 'standard',
    },
  };
}

function blocks(answer: Answer): Json[] {
  const thinking =
    answer.thinking === undefined ? [] : [{ type: 'thinking', thinking: answer.thinking, signature: 's' }];
  const text = answer.text === undefined ? [] : [{ type: 'text', text: answer.text }];
  return [...thinking, ...text, ...answer.calls.map((call) => ({ type: 'tool_use', ...call }))];
}

function stream(answer: Answer): StreamEvent[] {
  const whole = message(answer);
  const usage = asObject(whole.usage);
  return [
    { type: 'message_start', message: { ...whole, usage: { ...usage, output_tokens: 1 } } },
    { type: 'ping' },
    ...blocks(answer).flatMap((block, index) => [
      { type: 'content_block_start', index, content_block: emptied(block) },
      ...deltas(block, answer.chunkChars).map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    {
      type: 'message_delta',
      delta: { stop_reason: stopReason(answer), stop_sequence: null },
      usage: { output_tokens: answer.usage.outputTokens },
    },
    { type: 'message_stop' },
  ].map((event) => ({ event: event.type, data: JSON.stringify(event) }));
}

function emptied(block: Json): Json {
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return block.type === 'text' ? { type: 'text', text: '' } : { ...block, input: {} };
}

function deltas(block: Json, size: number): Json[] {
  if (block.type === 'text') return pieces(asString(block.text), size).map((text) => ({ type: 'text_delta', text }));
  if (block.type === 'thinking') {
    const thought = pieces(asString(block.thinking), size).map((thinking) => ({ type: 'thinking_delta', thinking }));
    return [...thought, { type: 'signature_delta', signature: block.signature }];
  }
  return pieces(JSON.stringify(block.input), size).map((partial_json) => ({ type: 'input_json_delta', partial_json }));
}
