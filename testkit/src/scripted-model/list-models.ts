import type { IncomingHttpHeaders } from 'node:http';

/** The answer to `GET /v1/models`, in the words of whoever asks. */
export function listModels(headers: IncomingHttpHeaders): unknown {
  if (headers['anthropic-version'] === undefined) {
    const data = ['gpt-scripted'].map((id) => ({ id, object: 'model', created: 0, owned_by: 'scripted' }));
    return { object: 'list', data, models: [] };
  }
  const ids = ['claude-opus-scripted', 'claude-sonnet-scripted', 'claude-haiku-scripted'];
  const data = ids.map((id) => ({ type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' }));
  return { data, has_more: false, first_id: ids[0], last_id: ids.at(-1) };
}
