import type { Usage } from '@cspace/domain';
import type { BilledCall } from './model-route.ts';

/** What one JSON value of an answer says. Later values replace earlier ones: providers count from the beginning each time. */
export type SeenUsage = Partial<Usage> & {
  readonly model?: string;
  /** The output is the whole of it, not what there was at the beginning. */
  readonly outputSaid?: boolean;
};

/** Reads the usage out of one event of a stream or a whole answer. Anything that is not as expected says nothing. */
export function readUsage(call: BilledCall, value: unknown): SeenUsage {
  switch (call) {
    case 'messages':
      return messages(value);
    case 'responses':
      return responses(value);
    case 'chat':
      return chat(value);
  }
}

/** Anthropic: `message_start` has the input, each `message_delta` the output so far, a whole answer all of it. */
function messages(value: unknown): SeenUsage {
  const type = at(value, 'type');
  const message = type === 'message_start' ? at(value, 'message') : value;
  const usage = at(message, 'usage');
  if (usage === undefined) return {};
  return clean({
    model: name(at(message, 'model')),
    inputTokens: count(at(usage, 'input_tokens')),
    outputTokens: count(at(usage, 'output_tokens')),
    cacheReadTokens: count(at(usage, 'cache_read_input_tokens')),
    cacheWriteTokens: count(at(usage, 'cache_creation_input_tokens')),
    longCacheWriteTokens: count(at(at(usage, 'cache_creation'), 'ephemeral_1h_input_tokens')),
    webSearches: count(at(at(usage, 'server_tool_use'), 'web_search_requests')),
    tier: at(usage, 'speed') === 'fast' ? 'fast' : undefined,
    outputSaid: type === 'message_start' ? undefined : true,
  });
}

/** OpenAI Responses: the last event (`response.completed`, `.incomplete`, `.failed`) carries the response with its usage. */
function responses(value: unknown): SeenUsage {
  const response = at(value, 'response') ?? value;
  const usage = at(response, 'usage');
  const input = count(at(usage, 'input_tokens'));
  if (input === undefined) return {};
  const output = at(response, 'output');
  const searches = Array.isArray(output) ? output.filter((item) => at(item, 'type') === 'web_search_call').length : 0;
  return {
    ...openai(response, input, at(usage, 'input_tokens_details'), count(at(usage, 'output_tokens'))),
    webSearches: searches,
  };
}

/** OpenAI Chat Completions: the last chunk, or the whole answer. */
function chat(value: unknown): SeenUsage {
  const usage = at(value, 'usage');
  const input = count(at(usage, 'prompt_tokens'));
  if (input === undefined) return {};
  return openai(value, input, at(usage, 'prompt_tokens_details'), count(at(usage, 'completion_tokens')));
}

/** OpenAI counts what was read from and written to a cache as part of the input. */
function openai(answer: unknown, input: number, details: unknown, output: number | undefined): SeenUsage {
  const cacheReadTokens = Math.min(input, count(at(details, 'cached_tokens')) ?? 0);
  const cacheWriteTokens = Math.min(input - cacheReadTokens, count(at(details, 'cache_write_tokens')) ?? 0);
  const tier = at(answer, 'service_tier');
  return clean({
    model: name(at(answer, 'model')),
    inputTokens: input - cacheReadTokens - cacheWriteTokens,
    outputTokens: output,
    cacheReadTokens,
    cacheWriteTokens,
    tier: tier === 'priority' || tier === 'fast' ? 'fast' : undefined,
    outputSaid: true,
  });
}

function at(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

/** At most what a context could ever hold, so that no answer can make a sum overflow. */
function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? Math.min(value as number, 1_000_000_000) : undefined;
}

function name(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, 200) : undefined;
}

type Loose = { [Key in keyof SeenUsage]: SeenUsage[Key] | undefined };

function clean(seen: Loose): SeenUsage {
  return Object.fromEntries(Object.entries(seen).filter(([, value]) => value !== undefined)) as SeenUsage;
}
