/** US dollars per million tokens. */
export type Price = {
  /** Model ids without their date. */
  readonly names: readonly string[];
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  /** Writes that are kept for an hour. */
  readonly longCacheWrite: number;
  readonly output: number;
  /** What a prompt over so many tokens multiplies the price of the whole request by. */
  readonly long?: { readonly overTokens: number; readonly input: number; readonly output: number };
  /** What the dearer, faster tier multiplies the price by; absent where it is not known. */
  readonly fast?: number;
};

/**
 * List prices as of 2026-11-21.
 * Anthropic: https://platform.claude.com/docs/en/about-claude/pricing and the overview pages of the models;
 * OpenAI: https://developers.openai.com/api/docs/pricing and the pages of the models. Discounts for a time are left out.
 */
export const PRICES: { readonly anthropic: readonly Price[]; readonly openai: readonly Price[] } = {
  anthropic: [
    { ...claude(10, 50, 0.25), names: ['claude-fable-5-1', 'claude-mythos-5-1'] },
    { ...claude(10, 50, 1), names: ['claude-fable-5', 'claude-mythos-5'] },
    { ...claude(4, 20, 0.2), names: ['claude-opus-5-5'] },
    { ...claude(5, 25, 0.5), names: ['claude-opus-5'], fast: 2 },
    {
      ...claude(5, 25, 0.5),
      names: ['claude-opus-4-8', 'claude-opus-4-7', 'claude-opus-4-6', 'claude-opus-4-5'],
    },
    {
      ...claude(15, 75, 1.5),
      names: ['claude-opus-4-1', 'claude-opus-4-0', 'claude-opus-4', 'claude-3-opus'],
    },
    { ...claude(2, 10, 0.1), names: ['claude-sonnet-5-5'] },
    { ...claude(2, 10, 0.2), names: ['claude-sonnet-5'] },
    { ...claude(3, 15, 0.3), names: ['claude-sonnet-4-6', 'claude-3-7-sonnet', 'claude-3-5-sonnet'] },
    {
      ...claude(3, 15, 0.3),
      names: ['claude-sonnet-4-5', 'claude-sonnet-4-0', 'claude-sonnet-4'],
      long: { overTokens: 200_000, input: 2, output: 1.5 },
    },
    {
      ...claude(0.1, 0.5, 0.01),
      names: ['claude-haiku-5-5'],
      long: { overTokens: 100_000, input: 5, output: 5 },
    },
    { ...claude(1, 5, 0.1), names: ['claude-haiku-4-5'] },
    { ...claude(0.8, 4, 0.08), names: ['claude-3-5-haiku'] },
    { ...claude(0.25, 1.25, 0.03), names: ['claude-3-haiku'] },
  ],
  openai: [
    { ...gpt(10, 50, 1), names: ['gpt-6-astra'] },
    { ...gpt(2, 10, 0.1), names: ['gpt-6.1-sol'] },
    { ...gpt(2, 10, 0.2), names: ['gpt-6-sol'] },
    { ...gpt(5, 30, 0.5), names: ['gpt-5.6-sol', 'gpt-5.6', 'gpt-5.5'] },
    { ...gpt(2, 12, 0.2), names: ['gpt-5.6-terra'] },
    { ...gpt(0.2, 1.2, 0.02), names: ['gpt-5.6-luna'] },
    { ...gpt(30, 180, 30), names: ['gpt-5.5-pro', 'gpt-5.4-pro'] },
    { ...gpt(2.5, 15, 0.25), names: ['gpt-5.4'] },
    { ...short(0.75, 4.5, 0.075), names: ['gpt-5.4-mini'] },
    { ...short(0.2, 1.25, 0.02), names: ['gpt-5.4-nano'] },
    { ...short(1.75, 14, 0.175), names: ['gpt-5.3-codex', 'gpt-5.2-codex', 'gpt-5.2', 'gpt-5.2-chat'] },
    { ...short(21, 168, 21), names: ['gpt-5.2-pro'] },
    {
      ...short(1.25, 10, 0.125),
      names: ['gpt-5.1-codex-max', 'gpt-5.1-codex', 'gpt-5.1', 'gpt-5-codex', 'gpt-5', 'gpt-5-chat'],
    },
    { ...short(0.25, 2, 0.025), names: ['gpt-5.1-codex-mini', 'gpt-5-mini'] },
    { ...short(0.05, 0.4, 0.005), names: ['gpt-5-nano'] },
    { ...short(15, 120, 15), names: ['gpt-5-pro'] },
    { ...short(1.5, 6, 0.375), names: ['codex-mini'] },
    { ...short(2, 8, 0.5), names: ['gpt-4.1', 'o3'] },
    { ...short(0.4, 1.6, 0.1), names: ['gpt-4.1-mini'] },
    { ...short(0.1, 0.4, 0.025), names: ['gpt-4.1-nano'] },
    { ...short(1.1, 4.4, 0.275), names: ['o4-mini'] },
    { ...short(2.5, 10, 1.25), names: ['gpt-4o'] },
    { ...short(0.15, 0.6, 0.075), names: ['gpt-4o-mini'] },
  ],
};

type Rates = Omit<Price, 'names'>;

/** Anthropic's cache writes: 1.25 times the input price for minutes, twice for an hour. */
function claude(input: number, output: number, cacheRead: number): Rates {
  return { input, output, cacheRead, cacheWrite: input * 1.25, longCacheWrite: input * 2 };
}

/** OpenAI's models with a context of a million tokens: writes 1.25 times the input, prompts over 272k dearer. */
function gpt(input: number, output: number, cacheRead: number): Rates {
  return { ...short(input, output, cacheRead), long: { overTokens: 272_000, input: 2, output: 1.5 } };
}

function short(input: number, output: number, cacheRead: number): Rates {
  return { input, output, cacheRead, cacheWrite: input * 1.25, longCacheWrite: input * 1.25, fast: 2 };
}
