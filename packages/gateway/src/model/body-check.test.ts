import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutAt } from '../testing/cut-at.ts';
import { bodyCheck } from './body-check.ts';
import type { BilledCall } from './model-route.ts';

function check(call: BilledCall, text: string, sizes: readonly number[] = []) {
  const body = bodyCheck(call);
  for (const chunk of cutAt(Buffer.from(text), sizes)) body.push(chunk);
  return body.end();
}

const passed = (call: BilledCall, text: string, sizes?: readonly number[]) => {
  const result = check(call, text, sizes);
  return result.ok ? result.value.bytes.toString() : result.why;
};

test('bodyCheck() asks a streamed chat for its usage, and leaves every other byte', () => {
  expect(passed('chat', ' {"n":12345678901234567890,"stream":true}')).toBe(
    ' {"stream_options":{"include_usage":true},"n":12345678901234567890,"stream":true}',
  );
  expect(passed('chat', '{"stream":true,"stream_options":{"include_usage":false,"x":1},"n":1.0}')).toBe(
    '{"stream":true,"stream_options":{"include_usage":true,"x":1},"n":1.0}',
  );
  expect(passed('chat', '{"str\\u0065am":true,"stream_options": null}')).toBe(
    '{"str\\u0065am":true,"stream_options":{"include_usage":true}}',
  );
  for (const same of ['{"stream":false}', '{}', '{"stream":true,"stream_options":{"include_usage":true}}']) {
    expect(passed('chat', same)).toBe(same);
  }
  expect(passed('responses', '{"stream":true}')).toBe('{"stream":true}');
});

test.each([
  ['', 'not a JSON object'],
  ['[]', 'not a JSON object'],
  ['x', 'not a JSON object'],
  ['{"a":1', 'not a JSON object'],
  ['{} {}', 'not a JSON object'],
  ['{"stream":tru}', 'not a JSON object'],
  ['{"stream":true,"stream":false}', 'repeats a field'],
  ['{"stream":true,"\\u0073tream":false}', 'repeats a field'],
  ['{"background":true}', 'background'],
  ['{"background":"yes"}', 'background'],
  ['{"tools":[{"type":"function"},{"type":"mcp","server_url":"https://evil.example"}]}', 'MCP'],
  [`{"model":"${'m'.repeat(2_000_000)}"}`, 'too long'],
])('bodyCheck() refuses %s', (text, why) => {
  expect(passed('responses', text)).toContain(why);
});

test('bodyCheck() finds what a parser finds, however the bytes are cut', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom('"', '\\', '{"stream":true}', ']}'));
  const body = fc.record(
    { model: fc.string(), stream: fc.boolean(), messages: value, x: value, 'a"b': value },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(body, fc.array(fc.nat(20)), fc.constantFrom(undefined, 2), (given, sizes, indent) => {
      const text = JSON.stringify(given, null, indent);
      const result = check('chat', text, sizes);
      if (!result.ok) throw new Error(result.why);
      const { stream_options: options, ...rest } = JSON.parse(result.value.bytes.toString());
      expect(rest).toEqual(JSON.parse(text));
      expect(options).toEqual(given.stream === true ? { include_usage: true } : undefined);
      expect(result.value.model).toBe(given.model);
    }),
    { numRuns: 1000 },
  );
});
