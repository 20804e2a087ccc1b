import type { Parsed } from '@cspace/domain';
import type { BilledCall } from './model-route.ts';
import { type Field, topLevelFields } from './top-level-fields.ts';

export type CheckedBody = { readonly bytes: Buffer; readonly model: string | undefined };

/** A body that is checked while it comes. */
export type BodyCheck = { push(chunk: Buffer): void; end(): Parsed<CheckedBody> };

const LOOKED_AT = new Set(['model', 'background', 'stream', 'stream_options', 'tools']);
/** The longest value that is parsed, in bytes. */
const MAX_VALUE_BYTES = 1024 * 1024;

/**
 * An OpenAI request whose answer will say what it cost. A streamed chat says so only when asked: then the asking is put in, and the
 * client sees one more chunk, with the usage and no choices, as OpenAI documents it. Background work is refused, as its cost is in
 * no answer; so are MCP servers that the provider would call, as they would be a way out that nobody polices.
 */
export function bodyCheck(call: BilledCall): BodyCheck {
  const parts: Buffer[] = [];
  const finder = topLevelFields(LOOKED_AT);
  return {
    push(chunk) {
      parts.push(chunk);
      finder.push(chunk);
    },
    end() {
      const fields = finder.end();
      if (fields === undefined) return { ok: false, why: 'its body is not a JSON object' };
      return checked(call, Buffer.concat(parts), fields);
    },
  };
}

function checked(call: BilledCall, bytes: Buffer, fields: readonly Field[]): Parsed<CheckedBody> {
  if (new Set(fields.map(({ key }) => key)).size < fields.length) return { ok: false, why: 'its body repeats a field' };
  if (fields.some(({ start, end }) => end - start > MAX_VALUE_BYTES)) return { ok: false, why: 'a field is too long' };
  let values: ReadonlyMap<string, unknown>;
  try {
    values = new Map(fields.map(({ key, start, end }) => [key, JSON.parse(bytes.toString('utf8', start, end))]));
  } catch {
    return { ok: false, why: 'its body is not a JSON object' };
  }
  const isOn = (key: string) => ![undefined, null, false].includes(values.get(key) as undefined);
  if (isOn('background')) return { ok: false, why: 'background responses cannot be metered' };
  const tools = values.get('tools');
  if (Array.isArray(tools) && tools.some((tool: unknown) => isObject(tool) && 'type' in tool && tool.type === 'mcp')) {
    return { ok: false, why: 'an MCP server outside the sandbox would be a way around its egress rules' };
  }
  const model = values.get('model');
  const named = typeof model === 'string' ? model : undefined;
  const asked = call === 'chat' && isOn('stream') ? withUsage(bytes, fields, values.get('stream_options')) : bytes;
  return { ok: true, value: { bytes: asked, model: named } };
}

/** Put in as text, so that every other byte stays as it was: numbers do not survive being read and written. */
function withUsage(bytes: Buffer, fields: readonly Field[], options: unknown): Buffer {
  const given = isObject(options) ? options : {};
  if ('include_usage' in given && given.include_usage === true) return bytes;
  const asked = JSON.stringify({ ...given, include_usage: true });
  const field = fields.find(({ key }) => key === 'stream_options');
  const [start, end] =
    field === undefined ? [bytes.indexOf('{') + 1, bytes.indexOf('{') + 1] : [field.start, field.end];
  const text = field === undefined ? `"stream_options":${asked},` : asked;
  return Buffer.concat([bytes.subarray(0, start), Buffer.from(text), bytes.subarray(end)]);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
