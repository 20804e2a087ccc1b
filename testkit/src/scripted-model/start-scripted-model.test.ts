import Anthropic, { APIError } from '@anthropic-ai/sdk';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readScenario } from './read-scenario.ts';
import type { ReplyInput, ScenarioInput } from './scenario.ts';
import { type ScriptedModel, startScriptedModel } from './start-scripted-model.ts';

let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(() => cleanup.disposeAsync());

const within = (ms: number) => AbortSignal.timeout(ms);
const BASH = {
  name: 'Bash',
  input_schema: {
    type: 'object' as const,
    properties: { command: { type: 'string' }, description: { type: 'string' } },
    required: ['command'],
  },
};

async function started(...replies: ReplyInput[]): Promise<ScriptedModel> {
  return startedWith({ replies });
}

async function startedWith(scenario: ScenarioInput): Promise<ScriptedModel> {
  return cleanup.use(await startScriptedModel(scenario));
}

function anthropic(model: ScriptedModel) {
  return new Anthropic({ baseURL: model.url, apiKey: 'a-key', maxRetries: 0 });
}

function ask(model: ScriptedModel, text: string, more: { tools?: (typeof BASH)[]; system?: string } = {}) {
  const messages = [{ role: 'user' as const, content: text }];
  return anthropic(model).messages.stream({ model: 'claude-x', max_tokens: 100, messages, ...more });
}

/** The `data:` of a stream of server-sent events, as JSON. */
async function events(model: ScriptedModel, path: string, body: object): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${model.url}${path}`, {
    method: 'POST',
    body: JSON.stringify({ ...body, stream: true }),
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const lines = (await response.text()).split('\n').filter((line) => line.startsWith('data: {'));
  return lines.map((line) => JSON.parse(line.slice(6)) as Record<string, unknown>);
}

describe('startScriptedModel() in Anthropic’s words', () => {
  test('streams thinking, text and tool calls, with usage', async () => {
    const usage = { inputTokens: 7, outputTokens: 5, cacheReadTokens: 3, cacheWriteTokens: 2 };
    const model = await started({ thinking: 'Hm.', text: 'Look:', run: 'ls "$HOME"', usage });
    const message = await ask(model, 'Go', { tools: [BASH] }).finalMessage();
    expect(message).toMatchObject({
      stop_reason: 'tool_use',
      content: [
        { type: 'thinking', thinking: 'Hm.' },
        { type: 'text', text: 'Look:' },
        { type: 'tool_use', name: 'Bash', input: { command: 'ls "$HOME"' } },
      ],
      usage: { input_tokens: 7, output_tokens: 5, cache_read_input_tokens: 3, cache_creation_input_tokens: 2 },
    });
  });

  test('answers without a stream, counts tokens and lists models', async () => {
    const model = await started({ text: 'Whole.' });
    const client = anthropic(model);
    const given = { model: 'claude-x', messages: [{ role: 'user' as const, content: 'Go' }] };
    expect((await client.messages.create({ ...given, max_tokens: 9 })).content).toMatchObject([{ text: 'Whole.' }]);
    expect((await client.messages.countTokens(given)).input_tokens).toBeGreaterThan(0);
    expect((await client.models.list()).data.length).toBeGreaterThan(0);
  });

  test('says the same in pieces of any size, cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 50 }),
        async (text, chunkChars, writeBytes) => {
          await using model = await startScriptedModel({ replies: [{ text, chunkChars, writeBytes }] });
          expect(await ask(model, 'Go').finalText()).toBe(text);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('fails as it is told to', async () => {
    const model = await started(
      { fail: { status: 529 } },
      { fail: { status: 429, retryAfterSeconds: 3, shouldRetry: false } },
      { cutAfterEvents: 0 },
      { text: 'never whole', cutAfterEvents: 4 },
      { text: 'never JSON', badJson: true },
    );
    const overloaded = await ask(model, '1')
      .finalMessage()
      .catch((error: unknown) => error);
    expect(overloaded).toMatchObject({ status: 529, error: { error: { type: 'overloaded_error' } } });
    const limited = await ask(model, '2')
      .finalMessage()
      .catch((error: unknown) => error);
    expect(limited).toMatchObject({ status: 429 });
    expect(limited instanceof APIError && limited.headers?.get('retry-after')).toBe('3');
    expect(limited instanceof APIError && limited.headers?.get('x-should-retry')).toBe('false');
    for (const prompt of ['3', '4', '5']) await expect(ask(model, prompt).finalMessage()).rejects.toThrow();
  });
});

describe('startScriptedModel() in OpenAI’s words', () => {
  test('streams Responses: a function call, a patch for free-form tools, code where there is only code', async () => {
    const model = await started({ run: 'ls' }, { write: { path: 'a', text: 'one\n' } }, { run: 'ls' });
    const input = [{ role: 'user', content: [{ type: 'input_text', text: 'Go' }] }];
    const shell = {
      type: 'function',
      name: 'shell',
      parameters: { properties: { command: { type: 'array' } }, required: [] },
    };
    const done = async (tools: object[]) =>
      (await events(model, '/v1/responses', { model: 'm', input, tools })).find(
        ({ type }) => type === 'response.completed',
      );

    expect(await done([shell])).toMatchObject({
      response: { output: [{ type: 'function_call', name: 'shell', arguments: '{"command":["bash","-lc","ls"]}' }] },
    });
    expect(await done([{ type: 'custom', name: 'apply_patch' }])).toMatchObject({
      response: { output: [{ input: '*** Begin Patch\n*** Add File: a\n+one\n*** End Patch\n' }] },
    });
    expect(await done([{ type: 'namespace', tools: [{ type: 'custom', name: 'exec' }] }])).toMatchObject({
      response: { output: [{ input: 'text(await tools.exec_command({"cmd":"ls"}))' }], usage: { total_tokens: 120 } },
    });
  });

  test('streams Chat Completions, with usage where it is asked for', async () => {
    const model = await started({ text: 'Hello there', chunkChars: 5 }, { run: 'ls' });
    const given = { model: 'm', messages: [{ role: 'user', content: 'Go' }], stream_options: { include_usage: true } };
    const text = await events(model, '/v1/chat/completions', given);
    expect(
      JSON.stringify(text)
        .match(/"content":"[^"]*"/g)
        ?.join(''),
    ).toContain('"content":"Hello""content":" ther""content":"e"');
    expect(text.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 100, completion_tokens: 20 } });
    const bash = {
      type: 'function',
      function: { name: 'bash', parameters: { properties: { command: {} }, required: [] } },
    };
    const called = JSON.stringify(await events(model, '/v1/chat/completions', { ...given, tools: [bash] }));
    expect(called).toContain('"finish_reason":"tool_calls"');
  });
});

describe('startScriptedModel() and its list', () => {
  test('uses nothing up for requests beside the conversation, nor for prompts a reply is not for', async () => {
    const model = await started({ when: 'second', text: 'B' }, { text: 'A' }, { beside: true, text: 'A title' });
    const side = { system: 'Make up a title' };
    const texts = [
      await ask(model, 'first', side).finalText(),
      await ask(model, 'first', side).finalText(),
      await ask(model, 'first').finalText(),
      await ask(model, 'the second').finalText(),
      await ask(model, 'third').finalText(),
    ];
    expect(texts).toEqual(['A title', 'ok', 'A', 'B', 'Done.']);
    expect(model.conversation().map(({ from }) => from)).toEqual([1, 0, 'otherwise']);
  });

  test('repeats and loops', async () => {
    const model = await startedWith({ replies: [{ text: 'a', times: 2 }, { text: 'b' }], loop: true });
    const texts = [];
    for (let i = 0; i < 5; i++) texts.push(await ask(model, 'x').finalText());
    expect(texts.join('')).toBe('aabaa');
  });

  test('walked by turn, serves many at once without telling them apart', async () => {
    const model = await startedWith({ walk: 'turn', replies: [{ run: 'ls' }, { text: 'end' }] });
    const turn = async () => {
      const user = { role: 'user' as const, content: 'Go' };
      const create = (messages: Anthropic.MessageParam[]) =>
        anthropic(model).messages.create({ model: 'c', max_tokens: 9, tools: [BASH], messages });
      const first = await create([user]);
      const call = first.content[0];
      const id = call?.type === 'tool_use' ? call.id : '';
      const result = {
        role: 'user' as const,
        content: [{ type: 'tool_result' as const, tool_use_id: id, content: 'x' }],
      };
      return (await create([user, { role: 'assistant', content: first.content }, result])).content;
    };
    const ends = await Promise.all(Array.from({ length: 5 }, turn));
    expect(ends).toMatchObject(Array.from({ length: 5 }, () => [{ type: 'text', text: 'end' }]));
  });

  test('holds a reply until it is released, and keeps an early release', async () => {
    const model = await started({ text: 'held', hold: 'middle' }, { text: 'early', hold: 'start' });
    const first = ask(model, 'x').finalText();
    await model.held(within(5000));
    model.release();
    expect(await first).toBe('held');
    model.release();
    expect(await ask(model, 'y').finalText()).toBe('early');
  });

  test('records every request byte for byte, with its key', async () => {
    const model = await started();
    const text = '$HOME `x` "\\" \u{1fa90}\n';
    const seen = model.waitFor(({ asked }) => asked?.lastUserText === text, within(5000));
    await ask(model, text).finalText();
    expect(await seen).toMatchObject({ number: 1, key: 'a-key', path: '/v1/messages', method: 'POST' });
    expect(JSON.parse((await seen).body.toString())).toMatchObject({ messages: [{ content: text }] });
    await fetch(`${model.url}/elsewhere`, { headers: { authorization: 'Bearer other' } });
    expect(model.requests[1]).toMatchObject({ path: '/elsewhere', key: 'other' });
  });

  test('says what is wrong when the scenario does not fit the agent', async () => {
    const model = await started({ run: 'ls' });
    await expect(ask(model, 'x').finalMessage()).rejects.toThrow(/no tool to run .*ls.* among none/);
  });
});

describe('readScenario()', () => {
  test('reads YAML', () => {
    const scenario = readScenario('replies:\n  - run: npm test\n  - edit: {path: a, old: b, new: c}\n  - text: Done\n');
    expect(scenario.replies).toMatchObject([{ run: 'npm test' }, { edit: { path: 'a' } }, { text: 'Done' }]);
  });

  test('refuses what it does not know', () => {
    expect(() => readScenario('replies:\n  - txt: x\n')).toThrow(/txt/);
  });
});
