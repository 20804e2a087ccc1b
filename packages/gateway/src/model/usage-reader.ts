import { NO_USAGE, type Usage } from '@cspace/domain';
import type { BilledCall } from './model-route.ts';
import { readUsage, type SeenUsage } from './read-usage.ts';
import { sseData } from './sse-data.ts';

/** What an answer said of its cost, as far as it came. */
export type Reading = {
  readonly model: string | undefined;
  readonly usage: Usage;
  /** Whether the input, and the output, were said by the provider at the end of it all. */
  readonly inputSaid: boolean;
  readonly outputSaid: boolean;
  /** About how many tokens of output passed, for where it was not said. */
  readonly outputSeen: number;
};

/** Reads the usage out of an answer that passes. Never throws, whatever passes. */
export type UsageReader = {
  push(chunk: Uint8Array): void;
  end(): Reading;
};

/** The longest JSON answer that is looked at, in bytes. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;

export function usageReader(call: BilledCall, contentType: string | undefined): UsageReader {
  return contentType?.toLowerCase().includes('event-stream') ? streamReader(call) : jsonReader(call);
}

function streamReader(call: BilledCall): UsageReader {
  let seen: SeenUsage = {};
  let events = 0;
  let bytes = 0;
  const push = sseData((text) => {
    events += 1;
    bytes += text.length;
    if (!text.includes('"usage"')) return;
    seen = { ...seen, ...readUsage(call, parsed(text)) };
  });
  // An event wraps a hundred characters or so around its text.
  return { push, end: () => readingOf(seen, Math.max(events, Math.ceil((bytes - 120 * events) / 4))) };
}

function jsonReader(call: BilledCall): UsageReader {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.byteLength;
      if (bytes > MAX_JSON_BYTES) parts = [];
      else parts.push(chunk);
    },
    end: () => readingOf(readUsage(call, parsed(Buffer.concat(parts).toString())), Math.ceil(bytes / 4)),
  };
}

function readingOf(seen: SeenUsage, outputSeen: number): Reading {
  const { model, outputSaid = false, inputTokens, ...rest } = seen;
  const usage = { ...NO_USAGE, ...rest, inputTokens: inputTokens ?? 0 };
  return { model, usage, inputSaid: inputTokens !== undefined, outputSaid, outputSeen };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
