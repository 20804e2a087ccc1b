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

/** OpenAI Responses. */
export const responses: Protocol = {
  name: 'responses',
  path: '/responses',
  read,
  stream,
  whole: (answer) => response(answer, 'completed', items(answer)),
  error: (status, type, text) => ({
    error: {
      message: text,
      type: type ?? (status === 429 ? 'rate_limit_exceeded' : 'server_error'),
      code: type ?? null,
    },
  }),
};

function read(body: unknown): ModelRequest {
  const request = asObject(body);
  const input: readonly Json[] =
    typeof request.input === 'string'
      ? [{ role: 'user', content: [{ type: 'input_text', text: request.input }] }]
      : asArray(request.input).map(asObject);
  const spokenAt = input.findLastIndex((item) => item.role === 'user' && spokenText(texts(item)) !== '');
  const offered = [request, ...input.filter((item) => item.type === 'additional_tools')];
  const tools = offered.flatMap((each) => asArray(each.tools).map(asObject).flatMap(offeredTools));
  return {
    model: asString(request.model),
    stream: request.stream === true,
    tools,
    lastUserText: spokenText(texts(input[spokenAt] ?? {})),
    answers: { inConversation: answers(input), inTurn: answers(input.slice(spokenAt + 1)) },
    side: (tools.length === 0 && asString(request.instructions) !== '') || asObject(request.text).format !== undefined,
    usageWanted: true,
  };
}

/** An answer is a run of items of the model, ended by what the client gives back. */
function answers(items: readonly Json[]): number {
  const byModel = items.map((item) => item.role === 'assistant' || /(reasoning|_call)$/.test(asString(item.type)));
  return byModel.filter((own, at) => own && byModel[at - 1] !== true).length;
}

function texts(item: Json): string[] {
  if (typeof item.content === 'string') return [item.content];
  return asArray(item.content).map((part) => asString(asObject(part).text));
}

function offeredTools(tool: Json): OfferedTool[] {
  if (tool.type === 'namespace') return asArray(tool.tools).map(asObject).flatMap(offeredTools);
  const schema = asObject(tool.parameters);
  const name = asString(tool.name);
  if (name === '') return [];
  return [
    {
      name,
      freeForm: tool.type === 'custom',
      properties: asObject(schema.properties) as OfferedTool['properties'],
      required: asArray(schema.required).map(asString),
    },
  ];
}

function response(answer: Answer, status: string, output: readonly Json[]): Json {
  const { inputTokens, outputTokens, cacheReadTokens } = answer.usage;
  return {
    id: answer.id,
    object: 'response',
    created_at: answer.createdAtSeconds,
    status,
    model: answer.model,
    output,
    usage:
      status === 'completed'
        ? {
            input_tokens: inputTokens,
            input_tokens_details: { cached_tokens: cacheReadTokens },
            output_tokens: outputTokens,
            output_tokens_details: { reasoning_tokens: 0 },
            total_tokens: inputTokens + outputTokens,
          }
        : null,
  };
}

function items(answer: Answer): Json[] {
  const out: Json[] = [];
  if (answer.thinking !== undefined) {
    out.push({ type: 'reasoning', id: `rs_${answer.id}`, summary: [{ type: 'summary_text', text: answer.thinking }] });
  }
  if (answer.text !== undefined) {
    const content = [{ type: 'output_text', text: answer.text, annotations: [] }];
    out.push({ type: 'message', id: `msg_${answer.id}`, role: 'assistant', status: 'completed', content });
  }
  for (const { id, name, input } of answer.calls) {
    const own = { id: `fc_${id}`, call_id: id, name, status: 'completed' };
    if (typeof input === 'string') out.push({ type: 'custom_tool_call', ...own, input });
    else out.push({ type: 'function_call', ...own, arguments: JSON.stringify(input) });
  }
  return out;
}

function stream(answer: Answer): StreamEvent[] {
  const whole = items(answer);
  const events: Json[] = [
    { type: 'response.created', response: response(answer, 'in_progress', []) },
    { type: 'response.in_progress', response: response(answer, 'in_progress', []) },
    ...whole.flatMap((item, output_index) => [
      { type: 'response.output_item.added', output_index, item: { ...emptied(item), status: 'in_progress' } },
      ...parts(item, answer.chunkChars).map((part) => ({ ...part, output_index, item_id: item.id })),
      { type: 'response.output_item.done', output_index, item },
    ]),
    { type: 'response.completed', response: response(answer, 'completed', whole) },
  ];
  return events.map((event, sequence_number) => ({
    event: asString(event.type),
    data: JSON.stringify({ ...event, sequence_number }),
  }));
}

function emptied(item: Json): Json {
  if (item.type === 'function_call') return { ...item, arguments: '' };
  if (item.type === 'custom_tool_call') return { ...item, input: '' };
  return item.type === 'reasoning' ? { ...item, summary: [] } : { ...item, content: [] };
}

function parts(item: Json, size: number): Json[] {
  if (item.type === 'message') {
    const part = asObject(asArray(item.content)[0]);
    const at = { content_index: 0 };
    return [
      { type: 'response.content_part.added', ...at, part: { ...part, text: '' } },
      ...pieces(asString(part.text), size).map((delta) => ({ type: 'response.output_text.delta', ...at, delta })),
      { type: 'response.output_text.done', ...at, text: part.text },
      { type: 'response.content_part.done', ...at, part },
    ];
  }
  if (item.type === 'reasoning') {
    const part = asObject(asArray(item.summary)[0]);
    const at = { summary_index: 0 };
    const deltas = pieces(asString(part.text), size);
    return [
      { type: 'response.reasoning_summary_part.added', ...at, part: { ...part, text: '' } },
      ...deltas.map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...at, delta })),
      { type: 'response.reasoning_summary_text.done', ...at, text: part.text },
      { type: 'response.reasoning_summary_part.done', ...at, part },
    ];
  }
  const custom = item.type === 'custom_tool_call';
  const name = custom ? 'response.custom_tool_call_input' : 'response.function_call_arguments';
  const text = asString(custom ? item.input : item.arguments);
  return [
    ...pieces(text, size).map((delta) => ({ type: `${name}.delta`, delta })),
    { type: `${name}.done`, [custom ? 'input' : 'arguments']: text },
  ];
}
