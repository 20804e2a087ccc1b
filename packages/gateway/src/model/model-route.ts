import { DOOR } from '@cspace/protocol';
import type { ModelProvider } from '../ports.ts';

/** The kinds of call that cost money, named for how their usage is written. */
export type BilledCall = 'messages' | 'responses' | 'chat';

export type ModelRoute = {
  readonly provider: ModelProvider;
  /** Path and query below the provider's base URL. */
  readonly path: string;
  readonly billed: BilledCall | undefined;
};

type Known = { readonly method: string; readonly path: RegExp; readonly billed?: BilledCall };

/**
 * All that a sandbox may ask of a provider. Batches, files and background work are left out: they cost money, or keep the
 * session's data, where no answer that passes here tells of it.
 */
const KNOWN: Readonly<Record<ModelProvider, readonly Known[]>> = {
  anthropic: [
    { method: 'POST', path: /^\/v1\/messages$/, billed: 'messages' },
    { method: 'POST', path: /^\/v1\/messages\/count_tokens$/ },
    { method: 'GET', path: /^\/v1\/models(\/[\w.:@-]+)?$/ },
  ],
  openai: [
    { method: 'POST', path: /^\/v1\/responses$/, billed: 'responses' },
    { method: 'POST', path: /^\/v1\/responses\/compact$/, billed: 'responses' },
    { method: 'POST', path: /^\/v1\/chat\/completions$/, billed: 'chat' },
    { method: 'GET', path: /^\/v1\/models(\/[\w.:@-]+)?$/ },
  ],
};

/** Which provider a path below `/model/` is for. */
export function providerOf(url: string): ModelProvider {
  return url.startsWith(DOOR.openai) ? 'openai' : 'anthropic';
}

/** What a request is for; undefined when it is nothing that is let through. The path is taken as it is, never decoded. */
export function modelRoute(method: string, url: string): ModelRoute | undefined {
  const provider = providerOf(url);
  const rest = url.slice(DOOR[provider].length);
  const [path = '', query] = rest.split('?', 2);
  const found = KNOWN[provider].find((known) => known.method === method && known.path.test(path));
  if (found === undefined || (query !== undefined && !/^[\w.~%&=+:,-]{0,1000}$/.test(query))) return undefined;
  return { provider, path: query === undefined ? path : `${path}?${query}`, billed: found.billed };
}
