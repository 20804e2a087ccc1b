import { PRICES, type Price } from './prices.ts';

/** What a model call used, in tokens. `inputTokens` are those that no cache had a part in. */
export type Usage = {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  /** Written to a cache, however long it is kept. */
  readonly cacheWriteTokens: number;
  /** Those of them that are kept for an hour rather than minutes. */
  readonly longCacheWriteTokens: number;
  /** Searches that the provider made and bills apart. */
  readonly webSearches: number;
  /** `fast`: served by a dearer tier (Anthropic's fast mode, OpenAI's priority). */
  readonly tier: 'standard' | 'fast';
};

export const NO_USAGE: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  longCacheWriteTokens: 0,
  webSearches: 0,
  tier: 'standard',
};

export type Cost = {
  readonly costUsd: number;
  /** The price is not known for sure; the dearest it can be was taken. */
  readonly estimated: boolean;
};

const WEB_SEARCH_USD = 0.01;

/** What `usage` of a model costs. An unknown model costs what the dearest of its provider does. */
export function costOf(provider: keyof typeof PRICES, model: string, usage: Usage): Cost {
  const known = priceOf(provider, model);
  const price = known ?? dearest(provider);
  const prompt = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  const long = price.long !== undefined && prompt > price.long.overTokens ? price.long : { input: 1, output: 1 };
  const shortWrites = Math.max(0, usage.cacheWriteTokens - usage.longCacheWriteTokens);
  const input =
    usage.inputTokens * price.input +
    usage.cacheReadTokens * price.cacheRead +
    shortWrites * price.cacheWrite +
    usage.longCacheWriteTokens * price.longCacheWrite;
  const tokens = (input * long.input + usage.outputTokens * price.output * long.output) / 1_000_000;
  const fast = usage.tier === 'fast' ? (price.fast ?? DEAREST_FAST) : 1;
  return {
    costUsd: tokens * fast + usage.webSearches * WEB_SEARCH_USD,
    estimated: known === undefined || (usage.tier === 'fast' && price.fast === undefined),
  };
}

const DEAREST_FAST = 6;

/** What may follow a model's name in an id: a date, `-latest`, a context size. Anything else is another model. */
const REST = /^(-latest|-v\d+(:\d+)?|[-@]\d{8}|-\d{4}-\d{2}-\d{2}|\[1m\])*$/;

function priceOf(provider: keyof typeof PRICES, model: string): Price | undefined {
  const id = model.toLowerCase().replace(/^(anthropic|openai)[/.]/, '');
  return PRICES[provider].find(({ names }) =>
    names.some((name) => id.startsWith(name) && REST.test(id.slice(name.length))),
  );
}

function dearest(provider: keyof typeof PRICES): Price {
  const most = (of: (price: Price) => number) => Math.max(...PRICES[provider].map(of));
  return {
    names: [],
    input: most((price) => price.input),
    cacheRead: most((price) => price.cacheRead),
    cacheWrite: most((price) => price.cacheWrite),
    longCacheWrite: most((price) => price.longCacheWrite),
    output: most((price) => price.output),
  };
}
