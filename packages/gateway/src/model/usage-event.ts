import { costOf, tokensOf } from '@cspace/domain';
import type { Event } from '@cspace/protocol';
import type { ModelProvider } from '../ports.ts';
import type { Reading } from './usage-reader.ts';

/**
 * What a call cost. Where the provider's count did not come, as in an answer that was cut off, it is guessed from the bytes that
 * went up and came down: money is spent whether or not somebody stays to read the bill.
 */
export function usageEvent(
  provider: ModelProvider,
  requestModel: string | undefined,
  requestBytes: number,
  { model, usage, inputSaid, outputSaid, outputSeen }: Reading,
): Extract<Event, { type: 'usage' }> {
  const counted = {
    ...usage,
    inputTokens: inputSaid ? usage.inputTokens : tokensOf(requestBytes),
    outputTokens: outputSaid ? usage.outputTokens : Math.max(usage.outputTokens, outputSeen),
  };
  const named = model ?? requestModel ?? 'unknown';
  const { costUsd, estimated } = costOf(provider, named, counted);
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = counted;
  return {
    type: 'usage',
    provider,
    model: named,
    inputTokens,
    outputTokens,
    cacheReadTokens,
    cacheWriteTokens,
    costUsd,
    estimated: estimated || !inputSaid || !outputSaid,
  };
}
