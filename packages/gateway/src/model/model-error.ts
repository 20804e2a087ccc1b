import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerWith } from '../answer.ts';
import type { ModelProvider } from '../ports.ts';

/** What the gateway itself answers a model client. Each is told in the provider's own words, so that clients do the right thing. */
export type ModelError = 'unknown-path' | 'no-key' | 'budget' | 'too-large' | 'invalid' | 'unreachable' | 'busy';

/**
 * Statuses that clients do not retry, but for the last two. A spent budget is a 400, as clients answer a 401 or 403 by asking for
 * another login, and a 429 by trying for minutes.
 */
const ERRORS: Readonly<Record<ModelError, { status: number; anthropic: string; openai: string; retry: boolean }>> = {
  'unknown-path': { status: 404, anthropic: 'not_found_error', openai: 'invalid_request_error', retry: false },
  'no-key': { status: 401, anthropic: 'authentication_error', openai: 'invalid_request_error', retry: false },
  budget: { status: 400, anthropic: 'billing_error', openai: 'budget_exceeded', retry: false },
  'too-large': { status: 413, anthropic: 'request_too_large', openai: 'invalid_request_error', retry: false },
  invalid: { status: 400, anthropic: 'invalid_request_error', openai: 'invalid_request_error', retry: false },
  unreachable: { status: 502, anthropic: 'api_error', openai: 'server_error', retry: true },
  busy: { status: 503, anthropic: 'overloaded_error', openai: 'server_error', retry: true },
};

/** Answers a model request with an error of the provider's shape. */
export function answerModelError(
  request: IncomingMessage,
  response: ServerResponse,
  provider: ModelProvider,
  kind: ModelError,
  message: string,
): void {
  const { status, retry, ...types } = ERRORS[kind];
  const type = types[provider];
  const body =
    provider === 'anthropic'
      ? { type: 'error', error: { type, message }, request_id: null }
      : { error: { message, type, param: null, code: kind === 'no-key' ? 'invalid_api_key' : null } };
  // Both providers' own clients follow this header before anything else.
  const headers = { 'x-should-retry': String(retry), ...(retry ? { 'retry-after': '2' } : {}) };
  answerWith(request, response, status, 'application/json', JSON.stringify(body), headers);
}
