import type { Parsed } from '@cspace/domain';
import type { BilledCall } from './model-route.ts';

export type CheckedBody = { readonly bytes: Buffer; readonly model: string | undefined };

/**
 * An OpenAI request whose answer will say what it cost. A streamed chat says so only when asked: then the asking is put in, and the
 * client sees one more chunk, with the usage and no choices, as OpenAI documents it. Background work is refused, as its cost is in
 * no answer; so are MCP servers that the provider would call, as they would be a way out that nobody polices.
 */
export function checkedBody(call: BilledCall, bytes: Buffer): Parsed<CheckedBody> {
  const value = parsed(bytes);
  if (value === undefined) return { ok: false, why: 'its body is not a JSON object' };
  if (value.background !== undefined && value.background !== false && value.background !== null) {
    return { ok: false, why: 'background responses cannot be metered' };
  }
  const tools: unknown = value.tools;
  if (Array.isArray(tools) && tools.some((tool: unknown) => isObject(tool) && tool.type === 'mcp')) {
    return { ok: false, why: 'an MCP server outside the sandbox would be a way around its egress rules' };
  }
  const model = typeof value.model === 'string' ? value.model : undefined;
  if (call !== 'chat' || value.stream !== true) return { ok: true, value: { bytes, model } };
  const options = value.stream_options;
  if (isObject(options) && options.include_usage === true) return { ok: true, value: { bytes, model } };
  const asked = { ...(isObject(options) ? options : {}), include_usage: true };
  if (options !== undefined) {
    return { ok: true, value: { bytes: Buffer.from(JSON.stringify({ ...value, stream_options: asked })), model } };
  }
  // Put in as text, so that every other byte stays as it was (numbers do not survive being read and written).
  const brace = bytes.indexOf('{');
  const inserted = Buffer.from(`"stream_options":${JSON.stringify(asked)},`);
  return {
    ok: true,
    value: { bytes: Buffer.concat([bytes.subarray(0, brace + 1), inserted, bytes.subarray(brace + 1)]), model },
  };
}

function parsed(bytes: Buffer): Loose | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields that are looked at; anything may be in them. */
type Loose = {
  readonly model?: unknown;
  readonly background?: unknown;
  readonly stream?: unknown;
  readonly stream_options?: unknown;
  readonly tools?: unknown;
  readonly type?: unknown;
  readonly include_usage?: unknown;
};
