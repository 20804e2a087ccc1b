import { endToEndHeaders } from '../end-to-end-headers.ts';
import type { ModelCredential, ModelProvider } from '../ports.ts';

/** What a sandbox may not say to a provider: who it is, whose money it spends, how the answer is packed. */
const DROPPED = new Set([
  'host',
  'authorization',
  'x-api-key',
  'api-key',
  'cookie',
  'cookie2',
  'origin',
  'referer',
  'forwarded',
  'via',
  'expect',
  'content-length',
  'accept-encoding',
  'openai-organization',
  'openai-project',
  'anthropic-workspace-id',
  'anthropic-organization-id',
]);

const BETA = 'anthropic-beta';
/** What Anthropic wants to hear with an OAuth token. */
const OAUTH_BETA = 'oauth-2025-04-20';

/**
 * The headers of a request to a provider: what the sandbox sent without any credential of its own, and the real one. `length` is
 * the body's, where it is known.
 */
export function requestHeaders(
  rawHeaders: readonly string[],
  provider: ModelProvider,
  credential: ModelCredential,
  host: string,
  length: number | 'chunked' | undefined,
): string[] {
  const given = endToEndHeaders(
    rawHeaders,
    (name) => DROPPED.has(name) || name === BETA || /^(proxy-|x-forwarded-|x-real-|sec-|cf-|x-goog-)/.test(name),
  );
  const betas = betasOf(rawHeaders, provider === 'anthropic' && credential.header === 'authorization');
  return [
    ...['host', host],
    ...given.flat(),
    ...(provider === 'anthropic' && betas.length > 0 ? [BETA, betas.join(',')] : []),
    ...[credential.header, credential.value],
    ...['accept-encoding', 'identity'],
    ...(length === undefined
      ? []
      : length === 'chunked'
        ? ['transfer-encoding', 'chunked']
        : ['content-length', `${length}`]),
  ];
}

/** The betas asked for. MCP servers that the provider would call are not among them: they would be a way out nobody polices. */
function betasOf(rawHeaders: readonly string[], oauth: boolean): string[] {
  const asked = rawHeaders
    .flatMap((name, at) => (at % 2 === 0 && name.toLowerCase() === BETA ? (rawHeaders[at + 1] ?? '').split(',') : []))
    .map((beta) => beta.trim())
    .filter((beta) => beta !== '' && !beta.startsWith('mcp-client'));
  return [...new Set(oauth ? [...asked, OAUTH_BETA] : asked)];
}
