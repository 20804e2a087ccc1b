import { DOOR } from '@cspace/protocol';

/** The base URL of a model provider inside: the forwarder's, without the `/v1` that some clients want behind it. */
export function modelUrl(provider: 'anthropic' | 'openai', forwardPort: number): string {
  return `http://127.0.0.1:${forwardPort}${DOOR[provider]}`;
}
