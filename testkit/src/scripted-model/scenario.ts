import * as z from 'zod';

/** One tool call, told by what it does. The tool that does it is looked up among those the request offers. */
const call = {
  /** Runs a shell command. */
  run: z.string().optional(),
  /** Reads a file; relative paths are taken from the agent's working directory. */
  read: z.string().optional(),
  write: z.strictObject({ path: z.string(), text: z.string() }).optional(),
  edit: z.strictObject({ path: z.string(), old: z.string(), new: z.string() }).optional(),
  /** A tool by its own name, with exactly this input; whether it is offered is not asked. */
  tool: z.strictObject({ name: z.string(), input: z.record(z.string(), z.unknown()) }).optional(),
};

export const Call = z
  .strictObject(call)
  .refine((value) => Object.keys(value).length === 1, 'one of run, read, write, edit, tool');
export type Call = z.infer<typeof Call>;

/** How a request fails instead of being answered. */
export const Failure = z.strictObject({
  status: z.int().min(400).max(599),
  /** The provider's own error type; by default the one that belongs to the status. */
  type: z.string().optional(),
  message: z.string().optional(),
  retryAfterSeconds: z.number().optional(),
  /** `x-should-retry`, which the providers' own clients obey. */
  shouldRetry: z.boolean().optional(),
});
export type Failure = z.infer<typeof Failure>;

export const Usage = z.strictObject({
  inputTokens: z.int().nonnegative().default(100),
  outputTokens: z.int().nonnegative().default(20),
  cacheReadTokens: z.int().nonnegative().default(0),
  cacheWriteTokens: z.int().nonnegative().default(0),
});
export type Usage = z.infer<typeof Usage>;

/** What the model answers to one request: thinking, then text, then tool calls, in this order. */
export const Reply = z.strictObject({
  /** Only for a request whose last user text contains this. */
  when: z.string().optional(),
  /** For a request beside the conversation instead of one of the conversation. */
  beside: z.boolean().default(false),
  thinking: z.string().optional(),
  text: z.string().optional(),
  ...call,
  /** Several tool calls in one answer. */
  calls: z.array(Call).default([]),
  usage: Usage.prefault({}),
  fail: Failure.optional(),
  /** Before the first byte. */
  delayMs: z.number().nonnegative().default(0),
  /** Text goes out in pieces of this many characters. */
  chunkChars: z.int().positive().default(40),
  /** Between two pieces. */
  everyMs: z.number().nonnegative().default(0),
  /** Cuts the byte stream into writes of this size, across events and characters. */
  writeBytes: z.int().positive().optional(),
  /** Waits for `release()`: before the first byte, or when half of the answer is out. */
  hold: z.enum(['start', 'middle']).optional(),
  /** Destroys the connection after this many events of the stream; 0: before the headers. */
  cutAfterEvents: z.int().nonnegative().optional(),
  /** Cuts the JSON of an event in the middle of the stream short. */
  badJson: z.boolean().default(false),
  /** How often this reply is given before the next one's turn comes. */
  times: z.union([z.int().positive(), z.literal('always')]).default(1),
});
export type Reply = z.infer<typeof Reply>;

/**
 * What a scripted model says. Requests that an agent makes beside its conversation (titles, quota probes) get
 * `side` and use nothing up, unless a reply is for them (`beside`). When the list is at its end, `otherwise` answers.
 */
export const Scenario = z.strictObject({
  replies: z.array(Reply),
  /**
   * What the list is walked for: `server`, once in order of arrival; `conversation` or `turn`, afresh for each, the
   * place in the list being the number of answers the conversation or its last turn already holds. The latter two keep
   * no state, so many agents can share one model.
   */
  walk: z.enum(['server', 'conversation', 'turn']).default('server'),
  /** Begins the list again at its end. */
  loop: z.boolean().default(false),
  side: Reply.prefault({ text: 'ok', usage: { inputTokens: 10, outputTokens: 1 } }),
  otherwise: Reply.prefault({ text: 'Done.' }),
});
export type Scenario = z.infer<typeof Scenario>;

/** A scenario as one writes it, defaults left out. */
export type ScenarioInput = z.input<typeof Scenario>;
export type ReplyInput = z.input<typeof Reply>;

/** The calls of a reply, the short forms (`run: …` on the reply itself) first. */
export function callsOf(reply: Reply): readonly Call[] {
  const { run, read, write, edit, tool } = reply;
  const own = Object.entries({ run, read, write, edit, tool }).filter(([, value]) => value !== undefined);
  return [...own.map(([key, value]) => Call.parse({ [key]: value })), ...reply.calls];
}
